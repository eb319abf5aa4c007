import { floatTensor, type Tensor } from "@deep-compression/network";
import { loadPeer } from "./peers";

/** What is used of onnxruntime-node. */
interface Runtime {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: {
    create(model: string, options: { readonly logSeverityLevel: 3 }): Promise<RuntimeSession>;
    create(model: Uint8Array, options: { readonly logSeverityLevel: 3 }): Promise<RuntimeSession>;
  };
}

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

interface RuntimeSession {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** Arrays by the name of their input. */
export type NamedArrays = Readonly<Record<string, Tensor>>;

/** Inputs of a model: each array has the items along its first axis, as many rows each; one without an axis is for all of them. */
export interface ModelItems {
  readonly count: number;
  readonly arrays: NamedArrays;
}

/** A model in onnxruntime. */
export interface ModelSession {
  /** The float32 outputs of one run. */
  run(inputs: NamedArrays): Promise<NamedArrays>;
  close(): Promise<void>;
}

/** Opens a model, a path or bytes, in onnxruntime. @throws Error if that is not installed, or does not know the model */
export async function openInRuntime(model: string | Uint8Array): Promise<ModelSession> {
  const { Tensor: Feed, InferenceSession } = loadPeer<Runtime>("onnxruntime-node");
  const options = { logSeverityLevel: 3 } as const;
  const session = await (typeof model === "string"
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options));
  return {
    async run(inputs) {
      const feeds = Object.entries(inputs).map(([name, tensor]) => {
        const { buffer } = tensor.bytes.slice();
        const data = tensor.type === "int64" ? new BigInt64Array(buffer) : new Float32Array(buffer);
        return [name, new Feed(tensor.type, data, tensor.shape)] as const;
      });
      const outputs = await session.run(Object.fromEntries(feeds));
      const floats = Object.entries(outputs).filter(([, { type }]) => type === "float32");
      return Object.fromEntries(
        floats.map(([name, { dims, data }]) => [name, floatTensor(name, dims, (data as Float32Array).slice())]),
      );
    },
    close: () => session.release(),
  };
}

/** The items from `first` to before `end`. */
export function someItems({ count, arrays }: ModelItems, first: number, end: number): ModelItems {
  const cut = Object.entries(arrays).map(([name, tensor]) => {
    const [rows, ...rest] = tensor.shape;
    if (rows === undefined) return [name, tensor] as const;
    const item = tensor.bytes.length / count;
    const shape = [(rows / count) * (end - first), ...rest];
    return [name, { ...tensor, shape, bytes: tensor.bytes.slice(first * item, end * item) }] as const;
  });
  return { count: end - first, arrays: Object.fromEntries(cut) };
}

/** All float32 outputs for all items, `batch` of them a run. */
export async function outputsInRuntime(
  model: string | Uint8Array,
  items: ModelItems,
  batch: number,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await openInRuntime(model);
  const runs: NamedArrays[] = [];
  for (let first = 0; first < items.count; first += batch) {
    runs.push(await session.run(someItems(items, first, Math.min(items.count, first + batch)).arrays));
  }
  await session.close();
  const whole = Object.keys(runs[0] ?? {}).map((name) => {
    const bytes = new Uint8Array(Buffer.concat(runs.map((run) => run[name]!.bytes)));
    return [name, new Float32Array(bytes.buffer)] as const;
  });
  return Object.fromEntries(whole);
}
