import { lstat, mkdir } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import type { ByteSource } from "@deep-compression/bits";
import { attachArchitecture, findArchitecture, writeModel, writeSafetensorsParts } from "@deep-compression/model-io";
import type { Network } from "@deep-compression/network";
import { type OpenedFile, open } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import type { Command } from "commander";
import { doing } from "./failure";
import { readingDcz, STANDARD_STREAM, withFile } from "./input-file";
import { fileNamed } from "./option-values";
import { assertWritable, type FileContent, type OutputFile, writeAllAtomically, writeOutput } from "./output-file";
import { tensorProgress } from "./progress";
import { grouped, type Terminal } from "./terminal";

/** Adds the command `restore`. */
export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command("restore")
    .summary("make a model of a .dcz file again")
    .description(
      "Writes the model of a .dcz file. In the format that it came in, its own files come back: bit for bit, but for the weights that lost something; files that it had beside the first are written beside the output. In another format it is written anew, where its graph is understood.",
    )
    .argument("<file>", "a .dcz file")
    .requiredOption("-o, --output <model>", "the model to write", fileNamed(".onnx", ".safetensors", ".json"))
    .action((file: string, options: { readonly output: string }) => runRestore(file, options, terminal));
}

async function runRestore(file: string, { output }: { readonly output: string }, terminal: Terminal): Promise<void> {
  await assertWritable(output, [file]);
  const { files, bytes } = await withFile(file, terminal, async (source) => {
    const opened = await readingDcz(file, () => open(source));
    const { length: tensors } = opened.source.tensors;
    const shown = tensorProgress(output === STANDARD_STREAM ? undefined : terminal, { doing: "restoring", tensors });
    const outputs = await filesOf(opened, { file, output, onRead: shown.show });
    return { files: outputs, bytes: await writeFiles(outputs, terminal).finally(shown.stop) };
  });
  const others =
    files.length === 1 ? "" : ` and ${files.length - 1} ${files.length === 2 ? "file" : "files"} beside it`;
  const say = output === STANDARD_STREAM ? terminal.error : terminal.out;
  say(`wrote ${output}${others}: ${grouped(bytes)} bytes\n`);
}

/**
 * The file that was named may be there already, as with other commands. Those beside it have names that the file gives: they
 * replace nothing.
 */
async function writeFiles(files: readonly OutputFile[], terminal: Terminal): Promise<number> {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return writeOutput(terminal, only);
  for (const { path } of others) {
    await doing(`write ${quoted(path)}`, async () => {
      if (await exists(path)) throw new Error("something of this name is there already; restore into an empty folder");
    });
  }
  for (const { path } of files) {
    await doing(`make the folder of ${quoted(path)}`, () => mkdir(dirname(path), { recursive: true }));
  }
  return writeAllAtomically(files);
}

/** Whether anything has this name, a link that leads nowhere included. */
function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** The model's own files, if the output is of their format; otherwise a model that is written anew. */
async function filesOf(opened: OpenedFile, restoration: Restoration): Promise<readonly OutputFile[]> {
  const { file, output } = restoration;
  const [main, ...others] = opened.files;
  if (main !== undefined && (output === STANDARD_STREAM || extname(output).toLowerCase() === extname(main.name))) {
    if (output === STANDARD_STREAM && others.length > 0) {
      throw new Error(
        `cannot restore ${quoted(file)} to the standard output: the model has ${opened.files.length} files; name one`,
      );
    }
    const folder = dirname(output);
    const paths = [output, ...others.map(({ name }) => join(folder, name))];
    if (new Set(paths.map((path) => resolve(path))).size < paths.length) {
      throw new Error(
        `cannot write ${quoted(output)}: another file of the model has this name; take the model's own, ${quoted(main.name)}`,
      );
    }
    return opened.files.map(({ source }, i) => ({ path: paths[i]!, content: sourceParts(file, source) }));
  }
  if (output === STANDARD_STREAM)
    throw new Error(`${quoted(file)} has no model's own file; name one to write, such as model.onnx`);
  const contentOf = output.toLowerCase().endsWith(".onnx") ? wholeModel : modelByTensor;
  return [{ path: output, content: await contentOf(opened, restoration) }];
}

/** Bytes that are read and written at once. */
const PART_BYTES = 2 ** 24;

async function* sourceParts(file: string, { byteLength, slice }: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < byteLength; start += PART_BYTES) {
    yield await doing(`read ${quoted(file)}`, () => slice(start, Math.min(byteLength, start + PART_BYTES)));
  }
}

interface Restoration {
  readonly file: string;
  readonly output: string;
  readonly onRead: (tensor: string) => void;
}

async function wholeModel(opened: OpenedFile, { file, output }: Restoration): Promise<FileContent> {
  const network = await doing(`read ${quoted(file)}`, () => opened.network());
  return doing(`restore ${quoted(file)} as ${quoted(output)}`, () => writeModel(withGraph(network), { name: output }));
}

/** One tensor in memory at a time. */
function modelByTensor({ source }: OpenedFile, { file, onRead }: Restoration): FileContent {
  const tensors = source.tensors.map((tensor) => ({
    ...tensor,
    read() {
      onRead(tensor.name);
      return doing(`read ${quoted(file)}`, () => tensor.read());
    },
  }));
  return writeSafetensorsParts({ ...source, tensors });
}

/** ONNX needs a graph; a file of weights only may still be one of the paper's networks. */
function withGraph(network: Network): Network {
  if (network.graph) return network;
  const architecture = findArchitecture(network);
  if (architecture) return attachArchitecture(network, architecture);
  throw new Error("the file holds weights only, no graph, which ONNX needs; restore it as .safetensors");
}
