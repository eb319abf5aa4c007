import {
  type Graph,
  isFloatType,
  type Network,
  type NetworkSource,
  type Tensor,
  type ValueInfo,
} from "@deep-compression/network";
import { shortened } from "@deep-compression/runtime";
import type { Executor, NamedTensors } from "./executor";
import {
  isState,
  MADE_UP_ITEMS,
  madeUpItem,
  type OpenChoices,
  openChoices,
  VALUE_RANGES,
  type ValueRange,
} from "./made-up-inputs";
import { areFinite, areNothing, areSaturated, type OutputErrors, outputErrors, respond } from "./output-error";
import { inputsOf, whyNotMeasured } from "./why-not-measured";

/** How far outputs are off on made-up inputs, or why that is not known, in one clause. */
export type OutputMeasurement = OutputErrors | { readonly whyNot: string };

/** Measures networks that are to do what one network does. */
export interface OutputMeter {
  /** Why no network can be measured, as far as it can be told beforehand. */
  readonly whyNot: string | undefined;
  /**
   * Runs the network of coded weights beside the dense one, on inputs that are made up.
   *
   * @param options.enough of an error of at most that no more is asked. Default: 0
   */
  measure(coded: Network, options?: { readonly enough?: number }): Promise<OutputMeasurement>;
}

export interface OutputMeterOptions {
  /** Most bytes of the dense network's tensors. Default: 64 MiB. */
  readonly maxBytes?: number;
}

const MOST_BYTES = 2 ** 26;

/**
 * Measures what coded weights do to outputs without any input of the model's own: on pictures, signals and small integers that
 * are made up, always the same ones. In which range values are expected is nowhere said: of the usual ones that counts in which
 * outputs are off least. Dense and coded network are never in memory together, and no error of either is thrown: it is why
 * nothing was measured.
 */
export function outputMeter(
  network: NetworkSource,
  executor: Executor,
  { maxBytes = MOST_BYTES }: OutputMeterOptions = {},
): OutputMeter {
  const whyNot = whyNotMeasured(network, maxBytes);
  if (whyNot !== undefined) return { whyNot, measure: async () => ({ whyNot }) };
  let ranges: readonly ValueRange[] = VALUE_RANGES;
  let choices: OpenChoices | undefined;
  const denseOutputs = new Map<ValueRange, readonly NamedTensors[]>();
  const outputsOfDense = async (range: ValueRange) => {
    const known = denseOutputs.get(range);
    if (known !== undefined) return known;
    const found = await firstOutputs(await wholeNetwork(network), executor, { range, choices });
    choices = found.choices;
    denseOutputs.set(range, found.outputs);
    return found.outputs;
  };
  return {
    whyNot: undefined,
    async measure(coded, { enough = 0 } = {}) {
      const trials: Trial[] = [];
      try {
        for (const range of ranges) {
          const dense = await outputsOfDense(range);
          if (!areFinite(dense)) continue;
          const outputs = await outputsOf(withoutDefaults(coded), executor, { range, choices: choices! });
          const errors = areNothing([...dense, ...outputs]) ? undefined : outputErrors(dense, outputs);
          if (errors === undefined) continue;
          const isSuited = respond(dense) && !areSaturated(dense);
          trials.push({ range, isSuited, errors });
          if (isSuited && errors.error <= enough) break;
        }
      } catch (error) {
        if (trials.length === 0) return { whyNot: reasonOf(error) };
      }
      const best = leastOf(trials);
      if (best === undefined)
        return { whyNot: "its outputs on made-up inputs are next to nothing, not finite or of no fixed shape" };
      ranges = [best.range, ...ranges.filter((range) => range !== best.range)];
      return best.errors;
    },
  };
}

/** What was found with values of a range. */
interface Trial {
  readonly range: ValueRange;
  /** Whether outputs depend on inputs of that range, and would show an error. */
  readonly isSuited: boolean;
  readonly errors: OutputErrors;
}

/** The trial with the least error: of ranges that suit, or of all if none does. */
function leastOf(trials: readonly Trial[]): Trial | undefined {
  const suited = trials.filter(({ isSuited }) => isSuited);
  const [first, ...others] = suited.length > 0 ? suited : trials;
  return first && others.reduce((least, one) => (one.errors.error < least.errors.error ? one : least), first);
}

type RunnableNetwork = Network & { readonly graph: Graph };

async function wholeNetwork({ graph, tensors }: NetworkSource): Promise<RunnableNetwork> {
  const read: Tensor[] = [];
  for (const { name, type, shape, read: bytes } of tensors) read.push({ name, type, shape, bytes: await bytes() });
  return withoutDefaults({ graph, tensors: read });
}

/** Takes inputs that have a default for tensors, as they are where nothing is given. */
function withoutDefaults({ graph, tensors }: Network): RunnableNetwork {
  if (!graph) throw new TypeError("network.graph: expected a graph, got none");
  return { graph: { ...graph, inputs: inputsOf({ graph, tensors }) }, tensors };
}

/** The outputs for the first choices that the network takes. @throws Error that says what it does not like about the likeliest ones */
async function firstOutputs(
  network: RunnableNetwork,
  executor: Executor,
  { range, choices }: { readonly range: ValueRange; readonly choices: OpenChoices | undefined },
): Promise<{ readonly outputs: readonly NamedTensors[]; readonly choices: OpenChoices }> {
  if (choices !== undefined) return { outputs: await outputsOf(network, executor, { range, choices }), choices };
  const prepared = await executor.prepare(network);
  try {
    let problem: unknown;
    for (const tried of openChoices(network.graph.inputs)) {
      try {
        return { outputs: await runItems(prepared, network.graph, { ...tried, range }), choices: tried };
      } catch (error) {
        problem ??= error;
      }
    }
    throw new Error(`it takes no inputs that were made up: ${reasonOf(problem)}`);
  } finally {
    await prepared.close();
  }
}

async function outputsOf(
  network: RunnableNetwork,
  executor: Executor,
  { range, choices }: { readonly range: ValueRange; readonly choices: OpenChoices },
): Promise<readonly NamedTensors[]> {
  const prepared = await executor.prepare(network);
  try {
    return await runItems(prepared, network.graph, { ...choices, range });
  } finally {
    await prepared.close();
  }
}

/** Runs of a network that hands its state on: at first it has heard nothing, and says little. */
const STREAM_RUNS = 8;

/** The outputs for each item; of a network that hands a state on those for each part of a signal, one behind the other. */
async function runItems(
  prepared: Awaited<ReturnType<Executor["prepare"]>>,
  graph: Graph,
  choices: OpenChoices & { readonly range: ValueRange },
): Promise<readonly NamedTensors[]> {
  const handedOn = statesOf(graph);
  const runs = handedOn.length > 0 ? STREAM_RUNS : 1;
  const outputs: NamedTensors[] = [];
  for (let item = 0; item < MADE_UP_ITEMS; item++) {
    let states: NamedTensors = new Map();
    for (const inputs of madeUpItem(graph.inputs, item, { ...choices, runs })) {
      const made = await prepared.run(new Map([...inputs, ...states]));
      outputs.push(made);
      states = new Map(handedOn.map(({ input, output }) => [input, { ...made.get(output)!, name: input }]));
    }
  }
  return outputs;
}

/** The inputs that take a state, each with the output that gives the next one: the first of its shape that is left. None unless all have one. */
function statesOf({ inputs, outputs }: Graph): readonly { readonly input: string; readonly output: string }[] {
  const left = [...outputs];
  const states = inputs.filter(({ name, type = "float32" }) => isFloatType(type) && isState(name));
  const found = states.flatMap((input) => {
    const place = left.findIndex((output) => fits(input, output));
    return place < 0 ? [] : left.splice(place, 1).map(({ name }) => ({ input: input.name, output: name }));
  });
  return found.length === states.length ? found : [];
}

/** Whether an output may be of the type and shape of an input, as far as both are declared. */
function fits(input: ValueInfo, output: ValueInfo): boolean {
  const [ours, theirs] = [input.shape, output.shape];
  if (ours === undefined || theirs === undefined || ours.length !== theirs.length || input.type !== output.type)
    return false;
  return ours.every(
    (size, axis) => typeof size === "string" || typeof theirs[axis] === "string" || size === theirs[axis],
  );
}

/** Most characters of what an error says. */
const LONGEST_REASON = 200;

function reasonOf(error: unknown): string {
  return shortened(error instanceof Error ? error.message : String(error), LONGEST_REASON);
}
