import { open, readFile, stat } from "node:fs/promises";
import { doing } from "./failure";

/** Bytes at random access: what `openContainer` reads from. */
export interface FileSource {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<Uint8Array>;
}

/** All bytes of a file. */
export async function readInput(path: string): Promise<Uint8Array> {
  return doing(`read "${path}"`, async () => new Uint8Array(await readFile(path)));
}

/**
 * Opens a file for `work` and closes it after. Only the slices that are asked for are read; what is no plain file, such
 * as a pipe, is read whole. Errors of `work` come with the file's name in front.
 */
export async function withSource<T>(path: string, work: (source: FileSource) => Promise<T>): Promise<T> {
  const status = await doing(`read "${path}"`, () => stat(path));
  if (!status.isFile()) {
    const bytes = await readInput(path);
    const source: FileSource = {
      byteLength: bytes.length,
      slice: async (start, end) => bytes.subarray(start, end),
    };
    return doing(`read "${path}"`, () => work(source));
  }
  const file = await doing(`read "${path}"`, () => open(path, "r"));
  try {
    const { size } = await file.stat();
    const slice = async (start: number, end = size): Promise<Uint8Array> => {
      const from = Math.min(start, size);
      const buffer = new Uint8Array(Math.max(0, Math.min(end, size) - from));
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    };
    return await doing(`read "${path}"`, () => work({ byteLength: size, slice }));
  } finally {
    await file.close();
  }
}
