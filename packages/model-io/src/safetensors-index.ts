import { type ByteSource, FormatError, readExactly } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { concatenatedSource } from "./concatenated-source";
import { fileStarts } from "./file-starts";
import { errorOfFiles } from "./foreign-file";
import { isObject, keysInOrder } from "./json-text";
import { fileName, openBeside, pathInFolder } from "./model-folder";
import type { ModelJson } from "./model-json";
import type { FolderReader, ModelPlace, OpenedModel } from "./opened-model";
import { readDirectory, unreadNotes } from "./safetensors";
import type { SafetensorsDirectory } from "./safetensors-directory";

/** One of the files that an index names. */
interface Shard {
  readonly name: string;
  readonly source: ByteSource;
  readonly directory: SafetensorsDirectory;
}

type IndexJson = Extract<ModelJson, { kind: "safetensors-index" }>;

/**
 * Opens the safetensors files that an index names (`model.safetensors.index.json`: `weight_map` gives each tensor its
 * file). The files follow the index in the order of their names.
 *
 * @throws FormatError for files that are missing or hold other tensors, or other sizes, than the index says
 */
export async function openSafetensorsIndex(
  source: ByteSource,
  json: IndexJson,
  place: ModelPlace,
): Promise<OpenedModel> {
  const shardOf = readWeightMap(json);
  const name = fileName(place.name, "model.safetensors.index.json");
  const shards = await openShards([...new Set(shardOf.values())].sort(), { index: name, folder: place.folder });
  checkTensors(shards, shardOf);
  checkTotalSize(shards, json);
  const files = [{ name, source }, ...shards.map(({ name, source }) => ({ name, source }))];
  const starts = fileStarts(files.map((file) => file.source));
  const whole = concatenatedSource(files.map((file) => file.source));
  const located = shards.flatMap(({ directory }, i) =>
    directory.tensors.map(({ start, end, ...head }) => ({
      ...head,
      start: starts[i + 1]! + start,
      end: starts[i + 1]! + end,
    })),
  );
  const notes = unreadNotes(shards.flatMap(({ directory }) => directory.unread));
  const metadata = Object.fromEntries(shards.flatMap(({ directory }) => Object.entries(directory.metadata ?? {})));
  return {
    format: "safetensors",
    network: {
      ...(Object.keys(metadata).length > 0 && { metadata }),
      tensors: located.map(({ start, end, ...head }) => ({
        ...head,
        read: () => readExactly(whole, start, end - start),
        ...(whole.slices && { reads: whole.slices }),
      })),
    },
    ...(notes.length > 0 && { notes }),
    files,
    holes: located.map(({ start, end }, tensor) => ({ tensor, start, end, encoding: "bytes" })),
  };
}

/** The file of each tensor, as a path in the model's folder. @throws FormatError */
function readWeightMap({ value, text }: IndexJson): ReadonlyMap<string, string> {
  const names = keysInOrder(text, "weight_map");
  const shardOf = new Map<string, string>();
  for (const tensor of names) {
    if (shardOf.has(tensor)) {
      const message = `the index names tensor ${quoted(tensor)} twice`;
      throw new FormatError("duplicate-name", message, { offset: 0, tensor });
    }
    const path = isObject(value.weight_map) ? value.weight_map[tensor] : undefined;
    if (typeof path !== "string") {
      const message = `the index gives tensor ${quoted(tensor)} no file`;
      throw new FormatError("invalid-table", message, { offset: 0, tensor });
    }
    const shard = pathInFolder(path);
    if (!shard.endsWith(".safetensors")) {
      const message = `the index names ${quoted(shard)}, no safetensors file: save the model as safetensors`;
      throw new FormatError("unsupported", message, { offset: 0, tensor });
    }
    shardOf.set(tensor, shard);
  }
  return shardOf;
}

async function openShards(
  names: readonly string[],
  { index, folder }: { readonly index: string; readonly folder: FolderReader | undefined },
): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  for (const name of names) {
    if (name === index) throw new FormatError("invalid-table", "the index names itself", { offset: 0 });
    const source = await openBeside(folder, name);
    try {
      shards.push({ name, source, directory: await readDirectory(source) });
    } catch (error) {
      throw await errorOfFiles(inFile(name, error), [{ name, source }]);
    }
  }
  return shards;
}

/** An error with the name of the file that it arose in. */
function inFile(name: string, error: unknown): unknown {
  if (!(error instanceof FormatError)) return error;
  const { code, message, offset, tensor } = error;
  return new FormatError(code, `${quoted(name)}: ${message}`, { offset, tensor, cause: error });
}

/** @throws FormatError unless each tensor is in one file, that of the index */
function checkTensors(shards: readonly Shard[], shardOf: ReadonlyMap<string, string>): void {
  const found = new Map<string, string>();
  for (const { name, directory } of shards) {
    for (const { name: tensor } of [...directory.tensors, ...directory.unread]) {
      const other = found.get(tensor);
      if (other !== undefined) {
        const message = `tensor ${quoted(tensor)} is in ${quoted(other)} and in ${quoted(name)}`;
        throw new FormatError("duplicate-name", message, { offset: 0, tensor });
      }
      found.set(tensor, name);
    }
  }
  for (const [tensor, wanted] of shardOf) {
    const actual = found.get(tensor);
    if (actual === wanted) continue;
    const where = actual === undefined ? "in none of its files" : `in ${quoted(actual)}`;
    const message = `tensor ${quoted(tensor)} should be in ${quoted(wanted)} by the index, but is ${where}`;
    throw new FormatError("invalid-table", message, { offset: 0, tensor });
  }
}

/**
 * Some writers count the bytes of the tensors, some those of the files.
 *
 * @throws FormatError if the index tells another size than either
 */
function checkTotalSize(shards: readonly Shard[], { value }: IndexJson): void {
  const total = isObject(value.metadata) ? value.metadata.total_size : undefined;
  if (typeof total !== "number") return;
  const all = shards.flatMap(({ directory }) => [...directory.tensors, ...directory.unread]);
  const tensorBytes = all.reduce((sum, { start, end }) => sum + end - start, 0);
  const fileBytes = shards.reduce((sum, { source }) => sum + source.byteLength, 0);
  if (total === tensorBytes || total === fileBytes) return;
  const sizes = `the index tells of ${total} bytes of tensors, its files hold ${tensorBytes}`;
  const message = `${sizes}: is one of them of another model? If not, take total_size out of the index`;
  throw new FormatError("invalid-table", message, { offset: 0 });
}
