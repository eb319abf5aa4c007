import {
  ALL_PASSES,
  arrayOfTensor,
  denseWeights,
  type Layer,
  OPERATORS,
  type Session,
  type ShapedArray,
} from "@deep-compression/inference";
import { prepareOnThreads } from "@deep-compression/inference/threads";
import { floatValues, type Graph, type Network, type Node, type Tensor } from "@deep-compression/network";
import { madeUpInputs, type NamedTensors } from "@deep-compression/network-calibration";
import { open } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import type { Command } from "commander";
import { inputArrays } from "./calibration-arrays";
import { modelledEnergy } from "./energy-model";
import { doing, reasonOf } from "./failure";
import { withSource } from "./input-file";
import { collect } from "./named-inputs";
import { type SessionOptions, threadsOption, withSession } from "./open-session";
import { wholeNumber } from "./option-values";
import { grouped, percentOf, printJson, shortName, type Terminal } from "./terminal";
import { textTable } from "./text-table";

interface ProfileOptions extends SessionOptions {
  readonly input?: readonly string[];
  readonly batch: number;
  readonly runs: number;
  readonly json?: true;
}

const MOST = 10_000;

/** Adds the command `profile`. */
export function addProfile(program: Command, terminal: Terminal): void {
  program
    .command("profile")
    .summary("tell where the time of a .dcz file's network goes")
    .description(
      "Runs the network of a .dcz file from its stored weights and from dense ones, in turns, and tells of each node: how its weight is held, bytes, milliseconds of both (medians). Energy is a model, not a measurement.",
    )
    .argument("<file>", "a .dcz file")
    .option(
      "--input <array>",
      "x.npy or name=x.npy once for each input; default: made up for what the graph declares",
      collect,
    )
    .option("--batch <items>", "items at once, where the graph leaves it open", wholeNumber(1, MOST), 1)
    .option("--runs <count>", "runs of each", wholeNumber(1, MOST), 20)
    .addOption(threadsOption())
    .option("--json", "print the figures as JSON")
    .action((file: string, options: ProfileOptions) =>
      withSession(file, terminal, options, (session) => runProfile(session, file, options, terminal)),
    );
}

/** Figures of a node. */
interface NodeFigures {
  readonly node: string;
  readonly op: string;
  readonly layout: string;
  readonly elements?: number;
  readonly density?: number;
  readonly bytes?: number;
  readonly milliseconds: number;
  readonly denseMilliseconds?: number;
}

async function runProfile(session: Session, file: string, options: ProfileOptions, terminal: Terminal): Promise<void> {
  const { threads, runs } = options;
  const inputs =
    options.input === undefined
      ? await doing(`run ${quoted(file)}`, () => inputsMadeUp(session, options.batch))
      : arraysOf(await inputArrays(session.inputs, options.input));
  const network = await denseNetwork(file, terminal);
  const dense = await prepareOnThreads(network, denseWeights(network), {
    operators: OPERATORS,
    passes: ALL_PASSES,
    threads,
  });
  const [own, plain] = await doing(`run ${quoted(file)}`, () => timed([session, dense], inputs, runs)).finally(() =>
    dense.close(),
  );
  const layers = new Map(session.layers.map((layer) => [keyOf(layer.node), layer]));
  const weights = weightsBehind(network);
  for (const [key, { node }] of own!) {
    const layer = denseLayer(node, weights);
    if (layer !== undefined && !layers.has(key)) layers.set(key, layer);
  }
  const nodes = [...own!].map(([key, { node, milliseconds }]): NodeFigures => {
    const layer = layers.get(key);
    const other = plain!.get(key)?.milliseconds;
    return {
      node: key,
      op: node.op,
      layout: layer?.layout ?? "",
      ...(layer && layerFigures(layer)),
      milliseconds,
      ...(other !== undefined && { denseMilliseconds: other }),
    };
  });
  const energy = modelledEnergy([...layers.values()], options.batch);
  const { weightBytes, heldBytes } = session;
  const total = sumOf(nodes.map(({ milliseconds }) => milliseconds));
  const denseTotal = sumOf([...plain!.values()].map(({ milliseconds }) => milliseconds));
  if (options.json) {
    const figures = {
      file,
      batch: options.batch,
      threads,
      runs,
      milliseconds: total,
      denseMilliseconds: denseTotal,
    };
    return printJson(terminal.out, { ...figures, weightBytes, heldBytes, nodes, energy });
  }
  terminal.out(nodeTable(nodes));
  const onThreads = threads === 1 ? "" : ` on ${threads} threads`;
  terminal.out(
    `${total.toFixed(2)} ms a run${onThreads}, ${denseTotal.toFixed(2)} ms from dense weights; weights take ${grouped(weightBytes)} bytes as they are held, the session ${grouped(heldBytes)}\n`,
  );
  for (const line of energy.lines) terminal.out(`${line}\n`);
}

function layerFigures({ elements, nonZeros, bytes }: Layer) {
  return { elements, density: elements === 0 ? 0 : nonZeros / elements, bytes };
}

/** Operators that put the elements of a weight elsewhere, or give it another shape. */
const REARRANGING: ReadonlySet<string> = new Set(["Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]);

/** The tensors of a network by their names, and by those of what nodes rearrange them to. */
function weightsBehind({ graph, tensors }: Network & { readonly graph: Graph }): ReadonlyMap<string, Tensor> {
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const { op, inputs, outputs } of graph.nodes) {
    const source = REARRANGING.has(op) ? found.get(inputs[0]!) : undefined;
    if (source !== undefined) found.set(outputs[0]!, source);
  }
  return found;
}

/** A node whose weight, a float32 tensor of two axes or more, is held as it is; undefined for one without. */
function denseLayer(node: Node, tensors: ReadonlyMap<string, Tensor>): Layer | undefined {
  const found = node.inputs.map((name) => tensors.get(name));
  const weight = found.find((tensor) => tensor !== undefined && tensor.type === "float32" && tensor.shape.length >= 2);
  if (weight === undefined) return undefined;
  const values = floatValues(weight);
  const nonZeros = values.reduce((count, value) => count + Number(value !== 0), 0);
  return { node, weight: weight.name, layout: "dense", elements: values.length, nonZeros, bytes: 4 * values.length };
}

/** The network with all its tensors decoded. */
async function denseNetwork(file: string, terminal: Terminal): Promise<Network & { readonly graph: Graph }> {
  const network = await withSource(file, terminal, async (source) => (await open(source)).network());
  const { graph } = network;
  if (graph === undefined) throw new Error(`${quoted(file)} has no graph; compress an .onnx model instead`);
  return { ...network, graph };
}

/** The likeliest made-up inputs that the network takes. @throws Error if it takes none */
async function inputsMadeUp(session: Session, batch: number): Promise<Readonly<Record<string, ShapedArray>>> {
  const { inputs } = session;
  let problem: unknown;
  for (const make of madeUpInputs(inputs, { batch })) {
    try {
      const made = arraysOf(make());
      session.run(made);
      return made;
    } catch (error) {
      problem ??= error;
    }
  }
  throw new Error(
    `it takes no inputs that were made up (${reasonOf(problem)}); give an array for each, as --input ${inputs[0]?.name ?? "name"}=x.npy`,
  );
}

function arraysOf(tensors: NamedTensors): Readonly<Record<string, ShapedArray>> {
  return Object.fromEntries([...tensors].map(([name, tensor]) => [name, arrayOfTensor(tensor)]));
}

interface NodeTime {
  readonly node: Node;
  readonly milliseconds: number;
}

/** Medians of the time of each node, by what names it, of sessions that run in turns. */
function timed(
  sessions: readonly Session[],
  inputs: Readonly<Record<string, ShapedArray>>,
  runs: number,
): readonly ReadonlyMap<string, NodeTime>[] {
  const times = sessions.map(() => new Map<string, { readonly node: Node; readonly all: number[] }>());
  for (let run = 0; run <= runs; run++) {
    for (const [i, session] of sessions.entries()) {
      session.run(inputs, {
        onNode(node, milliseconds) {
          if (run === 0) return; // the first run is also a compiler's
          const key = keyOf(node);
          const known = times[i]!.get(key) ?? { node, all: [] };
          known.all.push(milliseconds);
          times[i]!.set(key, known);
        },
      });
    }
  }
  return times.map(
    (nodes) => new Map([...nodes].map(([key, { node, all }]) => [key, { node, milliseconds: median(all, runs) }])),
  );
}

/** Of a node that runs several times in a run, as in a loop, the sum. */
function median(all: readonly number[], runs: number): number {
  const each = all.length / runs;
  const sums = Array.from({ length: runs }, (_, run) =>
    sumOf(all.slice(Math.round(run * each), Math.round((run + 1) * each))),
  );
  return sums.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}

function keyOf({ op, name, outputs }: Node): string {
  return outputs[0] || name || op;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function nodeTable(nodes: readonly NodeFigures[]): string {
  return textTable(
    ["node", "operator", "weight held", "elements", "non-zero", "bytes", "ms", "dense ms"],
    nodes.map(({ node, op, layout, elements, density, bytes, milliseconds, denseMilliseconds }) => [
      shortName(node),
      op,
      layout || "-",
      elements === undefined ? "-" : grouped(elements),
      density === undefined ? "-" : percentOf(density),
      bytes === undefined ? "-" : grouped(bytes),
      milliseconds.toFixed(3),
      denseMilliseconds === undefined ? "-" : denseMilliseconds.toFixed(3),
    ]),
  );
}
