import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import type { Terminal } from "./terminal";

/** The name of a file that stands for the standard input or output. */
export const STANDARD_STREAM = "-";

/** What `parse` makes of all bytes of a file. */
export function readInput<T>(path: string, parse: (bytes: Uint8Array) => T): Promise<T> {
  return doing(`read ${quoted(path)}`, async () => parse(new Uint8Array(await readFile(path))));
}

/**
 * Opens a `.dcz` file for `work` and closes it after. Only the slices that are asked for are read; what is no plain file, such
 * as a pipe, is read whole, and so is the standard input, "-". Errors of `work` come with the file's name in front.
 */
export function withSource<T>(
  path: string,
  terminal: Pick<Terminal, "input">,
  work: (source: ByteSource) => Promise<T>,
): Promise<T> {
  return withFile(path, terminal, (source) => readingDcz(path, () => work(source)));
}

/** Names of files that models have before they are compressed. */
const MODEL_NAME = /\.(onnx|safetensors|json)$/i;

/** Reads a `.dcz` file. @throws what `work` throws, with the file's name in front; of a model, that it is to be compressed first */
export function readingDcz<T>(path: string, work: () => Promise<T>): Promise<T> {
  return doing(`read ${quoted(path)}`, async () => {
    try {
      return await work();
    } catch (cause) {
      const isOther = cause instanceof FormatError && cause.code === "bad-magic" && cause.offset === 0;
      if (!isOther || !MODEL_NAME.test(path)) throw cause;
      throw new Error("this is no .dcz file but, by its name, a model: compress it first", { cause });
    }
  });
}

/** As {@link withSource}, but errors of `work` come as they are: it does more than read, and says what. */
export async function withFile<T>(
  path: string,
  { input }: Pick<Terminal, "input">,
  work: (source: ByteSource) => Promise<T>,
): Promise<T> {
  if (path === STANDARD_STREAM) return work(bytesSource(await doing("read the standard input", () => readAll(input))));
  const status = await doing(`read ${quoted(path)}`, () => stat(path));
  if (!status.isFile()) return work(await readInput(path, bytesSource));
  const file = await doing(`read ${quoted(path)}`, () => open(path, "r"));
  try {
    return await work(await fileSource(file));
  } finally {
    await file.close();
  }
}

async function readAll(input: AsyncIterable<Uint8Array> = noInput()): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function* noInput(): AsyncGenerator<Uint8Array> {}

/** What an open file holds, read slice by slice. Short ones are cut from a block that is read ahead: files hold thousands. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  let latest = { start: 0, bytes: new Uint8Array(0) };
  async function blockFrom(start: number): Promise<typeof latest> {
    const block = { start, bytes: await readSlice(file, start, Math.min(start + BLOCK_BYTES, size)) };
    latest = block;
    return block;
  }
  return {
    byteLength: size,
    slices: "copies",
    async slice(start, end = size) {
      const [from, to] = [Math.min(start, size), Math.min(end, size)];
      if (to - from > SHORT_BYTES) return readSlice(file, from, to);
      const isThere = from >= latest.start && to <= latest.start + latest.bytes.length;
      const block = isThere ? latest : await blockFrom(from);
      return block.bytes.slice(from - block.start, to - block.start);
    },
  };
}

const SHORT_BYTES = 2 ** 12;
const BLOCK_BYTES = 2 ** 16;

/** Most that one call reads: beyond 2^31 - 1 bytes the operating system gives less, and Node refuses. */
const READ_BYTES = 2 ** 30;

/** The bytes from `start` up to `end`, fewer if the file has become shorter. @throws RangeError if no array holds them */
async function readSlice(file: FileHandle, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(Math.max(0, end - start));
  const { length } = bytes;
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, Math.min(READ_BYTES, length - filled), start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** The longest array is a matter of Node's version and of the machine's memory: only trying tells. */
function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new RangeError(`${length} bytes are to be read at once, and no array here holds as many`, { cause });
  }
}
