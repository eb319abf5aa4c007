import type { Graph, ValueInfo } from "@deep-compression/network";
import { checkInteger, quoted } from "@deep-compression/runtime";
import { type CompilingWorkshop, compileProgram } from "./compile-program";
import { knownWeights, type Layer, type NodeListener, type Workshop } from "./constants";
import { Heap } from "./heap";
import type { KernelModule } from "./heap-kernels";
import { type KernelOptions, kernelMemory } from "./kernel-memory";
import type { OperatorTable } from "./operation";
import type { Passes } from "./passes";
import { type CheckedArray, checkedInputs, type NamedArrays, type ShapedArray } from "./run-arguments";
import { assertNoProblem, missingOperators } from "./run-problem";
import { runProgram } from "./run-program";
import { alone, type Team } from "./team";
import { allocateValue, type HeapValue, inPlace } from "./value";
import type { WeightSource } from "./weight-source";

/** Options of a session's `run`. */
export interface RunOptions {
  /** Is told after each node how long it took, with the graphs that it ran. */
  readonly onNode?: NodeListener;
}

/** A network ready to run. */
export interface Session {
  /** What `run` needs, as the graph declares it. The first dimension is the batch, whatever size is declared. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Bytes that the prepared weights and constants take. */
  readonly weightBytes: number;
  /** The weights that nodes have laid out for themselves, and how. Others are dense, and constants of the heap. */
  readonly layers: readonly Layer[];
  /** Bytes that the session holds: weights, constants, and room for the values of the largest run so far. */
  readonly heldBytes: number;
  /**
   * Runs the network: row-major arrays in and out, of the types that the graph declares. After an error the session can be used
   * as before.
   *
   * @throws TypeError, RangeError naming the input and what was expected, or the node that does not fit what it is given
   */
  run(inputs: NamedArrays, options?: RunOptions): Readonly<Record<string, ShapedArray>>;
}

/** Options of `prepare`. */
export interface PrepareOptions extends KernelOptions {
  /** The operators that there are; an application that takes those of its network only leaves the others out of its bundle. */
  readonly operators: OperatorTable;
  /** What is done to the graph first. Default: nothing, for a graph that has been checked and calls no functions of its own. */
  readonly passes?: Passes;
  /** The values to give, by name: any that the graph makes. Default: its outputs. */
  readonly outputs?: readonly string[];
  /** Most bytes of memory. Default: 4 GiB, which is all that there can be. */
  readonly maxBytes?: number;
  /** Most iterations of all Loops and Scans of a run together. Default: a million. */
  readonly maxIterations?: number;
}

const MAX_ITERATIONS = 1_000_000;

/**
 * Prepares a network to run straight from its stored weights: gaps, masks, codes and codebooks are laid out for the kernels in memory
 * proportional to the non-zeros, and no dense matrix of a coded weight is built where an operator can do without (Deep Compression,
 * sections 4 and 6.3). A name that is neither a graph input nor made by a node is a weight.
 *
 * @throws TypeError, RangeError naming the node, for what it cannot run: all operators that it lacks at once; FormatError for stored
 * weights that do not decode; whatever `weights.weight` throws
 */
export function prepareWith(
  network: { readonly graph: Graph | undefined },
  weights: WeightSource,
  options: PrepareOptions,
): Session {
  const { maxBytes = 2 ** 32 } = options;
  checkInteger("maxBytes", maxBytes, { minimum: 1, maximum: 2 ** 32 });
  const { memory, base, kernels } = kernelMemory(options, modulesOf(options));
  const heap = new Heap(memory, base, maxBytes);
  return prepareIn({ heap, kernels: kernels(heap) }, network, weights, options);
}

/** The modules of loops that operators and passes run. */
export function modulesOf({ operators, passes }: PrepareOptions): readonly KernelModule[] {
  const users = [...Object.values(operators), ...(passes?.fuse ? [passes.fuse] : [])];
  return [...new Set(users.flatMap(({ kernels = [] }) => kernels))];
}

/** The graph of a file that has one. @throws TypeError */
function givenGraph({ graph }: { readonly graph: Graph | undefined }): Graph {
  if (graph !== undefined) return graph;
  const hint = "a file has one if it was made of an ONNX model or of a network with a graph";
  throw new TypeError(`graph: expected how the network is wired, got none: ${hint}; run others where they come from`);
}

/** As {@link prepareWith}, in a heap that is there. @throws as that */
export function prepareIn(
  { heap, kernels, team = alone(kernels) }: Pick<Workshop, "heap" | "kernels"> & { readonly team?: Team },
  network: { readonly graph: Graph | undefined },
  weights: WeightSource,
  options: PrepareOptions,
): Session {
  const { operators, passes = {}, maxIterations = MAX_ITERATIONS } = options;
  checkInteger("maxIterations", maxIterations, { minimum: 0 });
  const known = knownWeights(weights);
  const whole = givenGraph(network);
  passes.check?.(whole, known);
  const { graph, opsetOf } = passes.inline?.(whole, known, operators) ?? { graph: whole, opsetOf: () => whole.opset };
  assertNoProblem(missingOperators(graph, operators));
  const workshop: CompilingWorkshop = {
    heap,
    kernels,
    team,
    operators,
    opsetOf,
    fuse: passes.fuse,
    rearrange: passes.rearrange,
    weights: known,
    maxIterations,
    iterations: 0,
    constants: new Map(),
    weightBytes: 0,
    layers: [],
  };
  const names = options.outputs ?? graph.outputs.map(({ name }) => name);
  const declared = new Map(graph.outputs.map((output) => [output.name, output]));
  const outputs = names.map((name): ValueInfo => declared.get(name) ?? { name });
  const program = compileProgram({ ...graph, outputs }, workshop);
  workshop.weights.forget();
  heap.keep();
  let isRunning = false;
  return {
    inputs: graph.inputs,
    outputs,
    weightBytes: workshop.weightBytes,
    layers: workshop.layers,
    get heldBytes() {
      return heap.byteLength;
    },
    run(given, { onNode } = {}) {
      const arrays = checkedInputs(graph.inputs, given);
      if (isRunning) throw new RangeError("session: expected the end of a run before the next, got one within onNode");
      isRunning = true;
      workshop.onNode = onNode;
      workshop.iterations = 0;
      try {
        const values = arrays.map((array, index) => inputValue(heap, graph.inputs[index]!.name, array));
        const results = runProgram(program, values, workshop);
        const named = outputs.map(({ name }, index) => {
          const { type, shape, data } = results[index]!;
          return [name, { type, shape: [...shape], data: data.slice() }] as const;
        });
        return Object.fromEntries(named);
      } finally {
        isRunning = false;
        heap.clear();
      }
    },
  };
}

/** A copy of an input in the heap. @throws RangeError naming it if there is no room */
function inputValue(heap: Heap, name: string, { type, shape, data }: CheckedArray): HeapValue {
  const value = inPlace(
    () => `input ${quoted(name)}`,
    () => allocateValue(heap, type, shape),
  );
  value.data.set(data as never);
  return value;
}
