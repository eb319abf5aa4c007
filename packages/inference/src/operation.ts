import { describeNode, type ElementType, misfit, type Node, type ValueInfo } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { type BigArray, isBigArray, type NumberArray } from "./element-arrays";
import type { Finish } from "./finish";
import type { HeapKernels, KernelModule } from "./heap-kernels";
import type { Team } from "./team";
import type { Value } from "./value";
import type { StoredTensor } from "./weight-source";

/** Values that a node reads. An absent optional one is undefined, and so is a weight that the operation has laid out for itself. */
export type Inputs = readonly (Value | undefined)[];

/** A branch or body that a node runs. */
export interface Subprogram {
  readonly inputs: number;
  readonly outputs: number;
  /** What is declared of its outputs. */
  readonly declared: readonly ValueInfo[];
}

/** What an operation is given to run with. */
export interface Context {
  /** The loops over the heap, of the modules that the session's operators name. */
  readonly kernels: HeapKernels;
  /** The threads that share work. */
  readonly team: Team;
  /** Most iterations of all Loops and Scans of a run together. */
  readonly maxIterations: number;
  /** Counts one more of them. Returns how many there have been in this run. */
  countIteration(): number;
  /** A new value whose elements may be anything: an output, or room to work in. @throws RangeError naming the node */
  output(type: ElementType, shape: readonly number[]): Value;
  /** The elements of a value under another shape of as many; nothing is copied. */
  view(value: Value, shape: readonly number[]): Value;
  /** Gives back a value of `output` or `runGraph` before the operation ends; that of a view is its value's. */
  release(value: Value): void;
  /** Runs a branch or body. Its outputs are as many as it declares. */
  runGraph(graph: Subprogram, inputs: readonly Value[]): readonly Value[];
}

/** How an operation holds a weight, for reports. */
export interface WeightLayout {
  /** The name of the weight. */
  readonly weight: string;
  /** In a word or two: "dense", "grouped by code". */
  readonly layout: string;
  readonly elements: number;
  readonly nonZeros: number;
  /** What it takes, in the heap and outside. */
  readonly bytes: number;
}

/** A prepared node. */
export interface Operation {
  /** The outputs, in the order of the node's; one that is not there is undefined. An input may be an output again. */
  run(inputs: Inputs, context: Context): readonly (Value | undefined)[];
  /** Inputs that it has laid out for itself, by index: no value is made of them. */
  readonly consumed?: readonly number[];
  /** Whether its outputs differ from run to run though its inputs do not. */
  readonly isRandom?: true;
  /** How it holds them. */
  readonly layouts?: readonly WeightLayout[];
}

/** A node that a layer does as well before it leaves its outputs. */
export interface FollowingNode {
  readonly node: Node;
  /** Where each of its inputs is among those of the layer; -1: the layer's own output, or none. */
  readonly inputs: readonly number[];
  /** Where it multiplies a value by a function of it: the nodes of that function. */
  readonly gate?: readonly FollowingNode[];
  /** Whether it adds a value that another node makes. */
  readonly isSum?: true;
}

/** What a layer does to its outputs. */
export interface Finisher {
  /** What is done to the blocks of an output, up to a sum with a value of another shape. */
  steps(inputs: Inputs, output: Value): Finish;
  /** What is left to do then: the output itself if it is nothing. */
  rest(inputs: Inputs, output: Value, context: Context): Value;
}

/** What a layer does that takes in what follows it. @param channels of its outputs, which are known where they are scaled or shifted */
export type FinishOf = (site: Site, channels: number) => Finisher;

/** What an operator is prepared from. */
export interface Site {
  readonly node: Node;
  /** Version of ONNX's operators. */
  readonly opset: number;
  /** An input that does not change from run to run, with all its elements; undefined for others. */
  constant(index: number): Value | undefined;
  /** An input that is a tensor of the network, as it is stored; undefined for others. */
  stored(index: number): StoredTensor | undefined;
  /** Whether anything reads the output of this index. */
  isRead(output: number): boolean;
  /** A graph among the attributes. @throws TypeError naming the node if there is none of this name */
  graph(attribute: string): Subprogram;
  /** A tensor among the attributes, with all its elements; undefined if there is none of this name. */
  tensor(attribute: string): Value | undefined;
  /** Room in the heap that stays as long as the session. @throws RangeError naming the node */
  keep(type: ElementType, shape: readonly number[]): Value;
  readonly kernels: HeapKernels;
  readonly team: Team;
  /** Nodes that this one does as well: only for an operator that says so. */
  readonly following: readonly FollowingNode[];
  /** How it does them; undefined where no node takes in others. */
  readonly finish: FinishOf | undefined;
}

/** Prepares a node: reads its attributes, lays out its weights. */
export interface Operator {
  /** @throws TypeError, RangeError naming the node and what was expected */
  (site: Site): Operation;
  /** Whether it does what `Site.following` names. */
  readonly finishes?: true;
  /** The modules of the loops that it runs: a session has no others. An operator of one's own takes those of one that runs the same. */
  readonly kernels?: readonly KernelModule[];
}

/** An operator that runs loops of modules. */
export function withKernels(kernels: readonly KernelModule[], operator: Operator): Operator {
  return Object.assign(operator, { kernels });
}

/** Operators of ONNX's own domain by name. */
export type OperatorTable = Readonly<Record<string, Operator>>;

/** An input that must be there. @throws TypeError naming the node */
export function required(node: Node, inputs: Inputs, index: number): Value {
  const value = inputs[index];
  if (value !== undefined) return value;
  throw new TypeError(`${describeNode(node)}: input ${index} is missing`);
}

/** The elements of a value of floats of up to 32 bits. @throws TypeError naming the node for another type */
export function floatsOf(node: Node, value: Value): Float32Array {
  const { type, data } = value;
  if (data instanceof Float32Array) return data;
  throw new TypeError(`${describeNode(node)}: expected float32 or float16, got ${type}`);
}

/** The elements of a value that are no integers of 64 bits. @throws TypeError naming the node for such */
export function numbersOf(node: Node, value: Value): NumberArray {
  const { type, data } = value;
  if (!isBigArray(data)) return data;
  throw new TypeError(`${describeNode(node)}: ${type} is not taken here`);
}

/** The elements of a value of 64-bit integers. @throws TypeError naming the node for others */
export function bigsOf(node: Node, value: Value): BigArray {
  const { type, data } = value;
  if (isBigArray(data)) return data;
  throw new TypeError(`${describeNode(node)}: expected int64, got ${type}`);
}

/** The elements of a small value of integers as numbers: axes, sizes, repeats. @throws TypeError naming the node for floats */
export function integersOf(node: Node, value: Value): number[] {
  const { type, data } = value;
  if (data instanceof Float32Array || data instanceof Float64Array)
    throw new TypeError(`${describeNode(node)}: expected integers, got ${type}`);
  const numbers = new Array<number>(data.length); // Array.from takes many times as long for a few numbers
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}

/** The only element of a value. @throws RangeError naming the node for more or none */
export function scalarOf(node: Node, value: Value): number {
  if (value.size === 1) return Number(value.data[0]);
  throw misfit(node, `expected a single number, got shape ${shapeText(value.shape)}`);
}

/** An axis counted from the front. @throws RangeError naming the node */
export function axisOf(node: Node, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
  throw misfit(node, `axis ${axis} expected one of ${rank} dimensions`);
}
