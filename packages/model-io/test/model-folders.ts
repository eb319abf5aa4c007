import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { concatenatedSource, type FolderReader, type OpenedModel, openModel } from "@deep-compression/model-io";
import { expect } from "vitest";

/** Files of a folder by their names. */
export type Folder = Readonly<Record<string, Uint8Array>>;

/** A value as a JSON file. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function folderReader(files: Folder): FolderReader {
  return async (name) => (Object.hasOwn(files, name) ? bytesSource(files[name]) : undefined);
}

/** Opens the first file, with the others beside it. */
export function openFolder(files: Folder): Promise<OpenedModel> {
  const [[name, bytes]] = Object.entries(files);
  return openModel(bytesSource(bytes), { name, folder: folderReader(files) });
}

/** How opening a folder, and reading all its tensors, fails: code and message. Anything but a FormatError fails the test. */
export async function failure(files: Folder): Promise<string> {
  try {
    const { network } = await openFolder(files);
    for (const tensor of network.tensors) await tensor.read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.message.length).toBeLessThanOrEqual(500);
    return `${error.code}: ${error.message}`;
  }
  throw new Error("the model was opened");
}

/** The files back to back, made of what stands outside the holes and of the tensors' bytes. */
export async function refilled({ files, holes, network }: OpenedModel): Promise<Uint8Array> {
  const whole = concatenatedSource(files.map(({ source }) => source));
  const result = new Uint8Array(whole.byteLength);
  const copy = async (start: number, end: number) => result.set(await whole.slice(start, end), start);
  let position = 0;
  for (const { tensor, start, end, encoding } of holes) {
    expect(start).toBeGreaterThanOrEqual(position);
    expect(encoding).toBe("bytes");
    await copy(position, start);
    const bytes = await network.tensors[tensor].read();
    expect(bytes.length).toBe(end - start);
    result.set(bytes, start);
    position = end;
  }
  await copy(position, whole.byteLength);
  return result;
}

/** The files back to back as they are. */
export function together(files: Folder): Uint8Array {
  return new Uint8Array(Buffer.concat(Object.values(files)));
}

/** A source that counts the bytes that are asked of it. */
export function counted(source: ByteSource): ByteSource & { readonly asked: () => number } {
  let asked = 0;
  return {
    byteLength: source.byteLength,
    slice: (start, end = source.byteLength) => {
      asked += end - start;
      return source.slice(start, end);
    },
    asked: () => asked,
  };
}
