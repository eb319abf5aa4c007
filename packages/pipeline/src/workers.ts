import { type ByteSource, elementCount } from "@deep-compression/bits";
import type { Tensor } from "@deep-compression/network";
import { breather, checkInteger, checkObject, type WorkerPool, workerPool } from "@deep-compression/runtime";
import type { DecodeJob, StoredJob } from "./decode-jobs";
import { decodeWorkerSource, workerDecoders } from "./decode-worker";
import type { Decoders } from "./decoders";
import { type FileTensor, openDirectory } from "./open-directory";
import type { OpenWithOptions } from "./read";
import { named, type ReadableFile, readableFile, weightsOf } from "./readable-file";
import type { StoredWeightOf } from "./stored-weights";
import type { StoredTensor, TensorEntry } from "./tensor-entry";
import { memoryOf } from "./transfer";

/** Options of {@link openInWorkers}. */
export interface WorkerOptions extends OpenWithOptions {
  /** Workers that decode, 0 for none; default 2. */
  readonly workers?: number;
  /** Told once if workers cannot be started: what they would have decoded is decoded here, tensor by tensor. */
  readonly onNoWorkers?: (reason: unknown) => void;
}

/** Fewer elements are decoded sooner than they are sent to another thread and back. */
const LEAST_ELEMENTS = 2 ** 13;

const DEFAULT_WORKERS = 2;

/**
 * What `openWith` of pipeline/read gives, decoded in workers: `tensor`, `tensors`, `network` and `weights` keep no
 * thread busy for long. Workers are started when they are first needed, and end with the last call that needs them.
 * `tensors` gives those of the directory in the order in which their bytes stand in the file, and decodes a few of them ahead.
 *
 * @throws FormatError, TypeError, RangeError
 */
export async function openInWorkers(source: ByteSource, options: WorkerOptions = {}): Promise<ReadableFile> {
  const {
    workers = DEFAULT_WORKERS,
    onNoWorkers = () => {},
    formats = {},
    graph: readNetworkGraph,
    ...readOptions
  } = checkObject("options", options);
  checkInteger("workers", workers, { maximum: 1024 });
  const breathe = breather();
  const decoders = workerDecoders();
  await breathe();
  const opened = await openDirectory(source, readOptions, {
    decoders,
    graph: readNetworkGraph,
    openerOf: (format) => formats[format],
  });
  await breathe();
  const { file, graph, metadata } = opened;
  const byName = new Map(opened.tensors.map((tensor) => [tensor.name, tensor]));
  const inFileOrder = opened.tensors.toSorted((a, b) => placeOf(a) - placeOf(b));
  const decoding = sharedDecoding(decoders, workers, onNoWorkers);
  const read = async (entry: TensorEntry) => {
    const { sections } = await file.read(entry.name);
    await breathe(); // checked here, copied for a worker next
    return sections[0]!.bytes;
  };
  const decoded = async (tensor: FileTensor): Promise<Tensor> => {
    const { entry, name, type, shape } = tensor;
    if (entry === undefined) return { name, type, shape, bytes: await tensor.read() };
    return (await decoding.run({ index: 0, entry, bytes: await read(entry) })) as Tensor;
  };
  const weight = async (tensor: FileTensor): Promise<[string, () => StoredWeightOf | Tensor]> => {
    const { entry, name } = tensor;
    if (entry === undefined) {
      const found = await decoded(tensor);
      return [name, () => decoders.rawWeight(found)];
    }
    const found = (await decoding.run({ wanted: "stored", entry, bytes: await read(entry) })) as StoredTensor;
    return [name, () => decoders.storedWeight(found)];
  };
  async function* each<T>(one: (tensor: FileTensor) => Promise<T>): AsyncGenerator<T, void, void> {
    const release = decoding.hold();
    try {
      yield* aheadOf(inFileOrder, one, workers + 1);
    } finally {
      await release();
    }
  }
  return Object.freeze({
    ...readableFile(opened),
    async tensor(name: string) {
      const release = decoding.hold();
      try {
        return await decoded(named(byName, name));
      } finally {
        await release();
      }
    },
    tensors: () => each(decoded),
    async network() {
      const found = new Map<string, Tensor>();
      for await (const tensor of each(decoded)) found.set(tensor.name, tensor);
      return { graph, metadata, tensors: opened.tensors.map(({ name }) => found.get(name)!) };
    },
    async weights() {
      const found = new Map<string, () => StoredWeightOf | Tensor>();
      for await (const [name, made] of each(weight)) found.set(name, made);
      return weightsOf(new Map(opened.tensors.map(({ name }) => [name, found.get(name)!])));
    },
  });
}

/** Tensors without an entry are read from the model's files, which may need any other one: they come last. */
function placeOf({ entry }: FileTensor): number {
  return entry?.offset ?? Number.MAX_SAFE_INTEGER;
}

/** What `one` gives of each item, in their order, begun for `ahead` of them before the first is there. */
async function* aheadOf<I, T>(
  items: readonly I[],
  one: (item: I) => Promise<T>,
  ahead: number,
): AsyncGenerator<T, void, void> {
  const begun: Promise<T>[] = [];
  const begin = (item: I | undefined) => {
    if (item === undefined) return;
    const result = one(item);
    result.catch(() => {}); // heard of when its turn comes
    begun.push(result);
  };
  for (const item of items.slice(0, ahead)) begin(item);
  for (let i = 0; i < items.length; i++) {
    const result = await begun.shift()!;
    begin(items[i + ahead]);
    yield result;
  }
}

type Job = DecodeJob | StoredJob;
type Done = Tensor | StoredTensor;
type DecodingPool = WorkerPool<readonly Job[], readonly (Done | undefined)[]>;

/** Workers for as long as somebody holds them, and decoding without them where there are none. */
function sharedDecoding(decoders: Decoders, workers: number, onNoWorkers: (reason: unknown) => void) {
  let pool: DecodingPool | undefined;
  let holders = 0;
  let hasWorkers = workers > 0;
  const breathe = breather();

  function withoutWorkers(reason: unknown): void {
    if (hasWorkers) onNoWorkers(reason);
    hasWorkers = false;
  }
  /** What was begun ahead, and is not wanted any more, would start workers that nobody ends. @throws Error */
  function checkHeld(): void {
    if (holders === 0) throw new Error("nobody waits for this tensor any more");
  }
  async function doneHere(job: Job): Promise<Done> {
    await breathe();
    return doneNow(job);
  }
  function doneNow(job: Job): Done {
    const stored = decoders.decodeTensor(job.entry, job.bytes);
    return "wanted" in job ? stored : decoders.dequantizeTensor(stored);
  }
  async function doneAway(job: Job): Promise<Done> {
    await breathe(); // a worker may have to be started
    checkHeld();
    let done: readonly (Done | undefined)[];
    let used: DecodingPool | undefined;
    try {
      pool ??= workerPool(decodeWorkerSource(), { workers });
      used = pool;
      // A copy to give away: the bytes may be a view into all of the file. The `slice` of a Buffer would be one too.
      done = await used.run(() => {
        const copy = { ...job, bytes: new Uint8Array(job.bytes) };
        return { value: [copy], transfer: memoryOf(copy.bytes) };
      });
    } catch (reason) {
      if (pool !== used) throw reason; // nobody waits any more: the pool was closed
      withoutWorkers(reason);
      return doneHere(job);
    }
    return done[0] ?? doneNow(job); // what a worker finds invalid says here what is wrong
  }
  return {
    async run(job: Job): Promise<Done> {
      checkHeld();
      return hasWorkers && elementCount(job.entry.shape) >= LEAST_ELEMENTS ? doneAway(job) : doneHere(job);
    },
    /** Workers stay until what this gives is called. */
    hold() {
      holders++;
      return async (): Promise<void> => {
        if (--holders > 0 || pool === undefined) return;
        const idle = pool;
        pool = undefined;
        await idle.close();
      };
    },
  };
}
