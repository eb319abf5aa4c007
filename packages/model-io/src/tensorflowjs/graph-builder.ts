import { FormatError } from "@deep-compression/bits";
import {
  type Attribute,
  type ElementType,
  elementsOfValues,
  MAX_NODES,
  type Node,
  type Tensor,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** What is known of the tensors of a model before its graph is. */
export interface KnownTensors {
  /** All of them, by name. */
  readonly heads: ReadonlyMap<string, Omit<Tensor, "bytes">>;
  /** The numbers of the small ones of whole numbers: sizes, axes, orders. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
}

/** Most values that nodes make: a topology may claim any number of outputs. */
const MOST_VALUES = 4 * MAX_NODES;

/** Where the axes of [items, height, width, channels] stand among [items, channels, height, width]. */
const AXIS_IN_FIRST = [0, 2, 3, 1];

/**
 * Makes a graph of ONNX's operators node by node. TensorFlow has the channels of images last, ONNX first: an image that is made with its
 * channels first is turned only when something asks for them last, so that layers behind one another turn nothing.
 */
export class GraphBuilder {
  /** In the order in which they run. */
  readonly nodes: Node[] = [];
  /** Additions of a tensor to channels, by what they make: see {@link withOwnBiases}. */
  readonly biases = new Map<string, string>();
  /** How many channels convolutions make, by what they make. */
  readonly channels = new Map<string, number>();
  readonly known: KnownTensors;
  readonly #names: Set<string>;
  readonly #constants = new Map<string, string>();
  readonly #constantShapes = new Map<string, readonly number[]>();
  /** Images with their channels first, by the name of the same with their channels last. */
  readonly #first = new Map<string, string>();
  /** Names of images that are there with their channels first only. */
  readonly #pending = new Set<string>();
  readonly #ranks = new Map<string, number>();
  #scope = "";
  #made = 0;

  /** @param names those that values of the model have, tensors among them: no other value gets one of these */
  constructor(known: KnownTensors, names: Iterable<string>) {
    this.known = known;
    this.#names = new Set(names);
  }

  /** What the nodes that come next are named after. */
  within(scope: string): void {
    this.#scope = scope;
  }

  /** A node of one output, named after its operator; images have their channels last. */
  add(op: string, inputs: readonly string[], attributes: Node["attributes"] = {}): string {
    return this.addSeveral(op, inputs, { outputs: 1, attributes })[0]!;
  }

  addSeveral(
    op: string,
    inputs: readonly string[],
    made: { readonly outputs: number; readonly attributes?: Node["attributes"]; readonly domain?: string },
  ): readonly string[] {
    return this.addRaw(
      op,
      inputs.map((name) => this.plain(name)),
      made,
    );
  }

  /** As {@link addSeveral}, of values as they are named. @throws FormatError for more nodes than a graph may have */
  addRaw(
    op: string,
    inputs: readonly string[],
    made: { readonly outputs: number; readonly attributes?: Node["attributes"]; readonly domain?: string },
  ): readonly string[] {
    const { outputs, attributes = {}, domain } = made;
    if (this.nodes.length >= MAX_NODES)
      throw new FormatError("limit-exceeded", `a graph of more than ${MAX_NODES} nodes`, { offset: 0 });
    const names = Array.from({ length: outputs }, () => this.freeName(op));
    this.nodes.push({ op, ...(domain !== undefined && { domain }), inputs, outputs: names, attributes });
    return names;
  }

  /** @throws FormatError for more values than a graph is made of */
  freeName(name: string): string {
    if (++this.#made > MOST_VALUES)
      throw new FormatError("limit-exceeded", `a graph of more than ${MOST_VALUES} values`, { offset: 0 });
    const wanted = this.#scope === "" ? name : `${this.#scope}/${name}`;
    let free = wanted;
    for (let i = 1; this.#names.has(free); i++) free = `${wanted}_${i}`;
    this.#names.add(free);
    return free;
  }

  /** A value with its axes in TensorFlow's order. @throws FormatError for one that is not there */
  plain(name: string | undefined): string {
    if (name === undefined)
      throw new FormatError("invalid-table", `${quoted(this.#scope)}: an input is missing`, { offset: 0 });
    if (this.#pending.delete(name))
      this.nodes.push({
        op: "Transpose",
        inputs: [this.#first.get(name)!],
        outputs: [name],
        attributes: { perm: [0, 2, 3, 1] },
      });
    return name;
  }

  /** Whether a value is an image that is there with its channels first only. */
  isTurned(name: string | undefined): name is string {
    return name !== undefined && this.#pending.has(name);
  }

  /** An image with its channels first. */
  channelsFirst(name: string | undefined): string {
    const known = this.#first.get(name ?? "");
    if (known !== undefined) return known;
    const first = this.add("Transpose", [this.plain(name)], { perm: [0, 3, 1, 2] });
    this.#first.set(name!, first);
    return first;
  }

  /** The image of which this is the one with its channels first. */
  turned(first: string): string {
    const name = this.freeName("channels_last");
    this.#first.set(name, first);
    this.#pending.add(name);
    return name;
  }

  /** A node that makes an image of one with its channels first. */
  addTurned(
    op: string,
    image: string | undefined,
    inputs: readonly string[],
    attributes: Node["attributes"] = {},
  ): string {
    const first = this.channelsFirst(image);
    const others = inputs.map((name) => (name === "" ? name : this.plain(name)));
    return this.turned(this.addRaw(op, [first, ...others], { outputs: 1, attributes })[0]!);
  }

  /** As {@link addTurned}, of a layer that makes so many channels. */
  addLayer(
    op: string,
    image: string,
    parameters: readonly string[],
    made: { readonly channels: number; readonly attributes: Node["attributes"] },
  ): string {
    const output = this.addTurned(op, image, parameters, made.attributes);
    this.channels.set(this.channelsFirst(output), made.channels);
    return output;
  }

  /** A node that does the same to each element of its first input, in whatever order its axes are; the other inputs are single numbers. */
  addEach(op: string, inputs: readonly string[], attributes: Node["attributes"] = {}): string {
    const [x, ...others] = inputs;
    if (this.isTurned(x)) return this.addTurned(op, x, others, attributes);
    return this.noteRank(this.add(op, inputs, attributes), this.rankOf(x));
  }

  /** A node of two inputs that broadcast to each other. */
  addBroadcast(op: string, inputs: readonly string[], attributes: Node["attributes"] = {}): string {
    const isAny = inputs.some((name) => this.isTurned(name));
    const first = isAny ? inputs.map((name) => this.#broadcastFirst(name)) : [];
    if (!isAny || !first.every((name) => name !== undefined)) {
      const ranks = inputs.map((name) => this.rankOf(name));
      const rank = ranks.every((one) => one !== undefined) ? Math.max(...ranks) : undefined;
      return this.noteRank(this.add(op, inputs, attributes), rank);
    }
    const [made] = this.addRaw(op, first, { outputs: 1, attributes });
    const [bias] = inputs.filter((name) => !this.isTurned(name));
    if (op === "Add" && bias !== undefined && this.known.heads.get(bias)?.shape.length === 1)
      this.biases.set(made!, bias);
    return this.turned(made!);
  }

  /** What broadcasts to an image with its channels first as a value does to that with its channels last; undefined where that is not known. */
  #broadcastFirst(name: string): string | undefined {
    if (this.isTurned(name)) return this.channelsFirst(name);
    const shape = this.constantShape(name);
    if (shape === undefined || shape.length > 4) return undefined;
    if (shape.every((size) => size === 1)) return name;
    if (shape.length === 4) return this.channelsFirst(name);
    const axes = Array.from({ length: 4 - shape.length }, (_, axis) => axis);
    if (shape.length === 1) return this.add("Unsqueeze", [name, this.integers([1, 2])]);
    return this.channelsFirst(this.add("Unsqueeze", [name, this.integers(axes)]));
  }

  /** Tells that a value is constant, and its shape. */
  noteConstant(name: string, shape: readonly number[]): string {
    this.#constantShapes.set(name, shape);
    return name;
  }

  /** The shape of a constant. */
  constantShape(name: string | undefined): readonly number[] | undefined {
    return this.known.heads.get(name ?? "")?.shape ?? this.#constantShapes.get(name ?? "");
  }

  /** A constant of one type. */
  constant(type: ElementType, shape: readonly number[], values: readonly number[]): string {
    const key = `${type} ${shape} ${values.map((value) => (Object.is(value, -0) ? "-0" : value))}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const bytes = elementsOfValues(type, Float64Array.from(values));
    const value: Attribute = { tensor: { name: "", type, shape, bytes } };
    const name = this.add("Constant", [], { value });
    this.#constants.set(key, name);
    return this.noteConstant(name, shape);
  }

  /** One number. */
  number(value: number, type: ElementType = "float32"): string {
    return this.constant(type, [], [value]);
  }

  /** A list of whole numbers, as ONNX has axes and sizes. */
  integers(values: readonly number[]): string {
    return this.constant("int64", [values.length], values);
  }

  /** The whole numbers that a value is known to be; undefined if it is computed. */
  integersOf(name: string | undefined): readonly number[] | undefined {
    return this.known.integers.get(name ?? "");
  }

  /** Tells how many dimensions a value has. */
  noteRank(name: string, rank: number | undefined): string {
    if (rank !== undefined) this.#ranks.set(name, rank);
    return name;
  }

  /** How many dimensions a value has, if that is known. */
  rankOf(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    return this.#first.has(name) ? 4 : (this.constantShape(name)?.length ?? this.#ranks.get(name));
  }
}

/** The axis of an image with its channels first that is this axis of the one with its channels last, counted from either end. */
export function axisInFirst(axis: number): number | undefined {
  return AXIS_IN_FIRST[axis < 0 ? axis + 4 : axis];
}
