import { attachArchitecture, findArchitecture, writeModel, writeSafetensorsParts } from "@deep-compression/model-io";
import type { Network } from "@deep-compression/network";
import { type OpenedFile, open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { doing } from "./failure";
import { withFile } from "./input-file";
import { fileNamed } from "./option-values";
import { assertWritable, type FileContent, writeAtomically } from "./output-file";
import { tensorProgress } from "./progress";
import { grouped, type Terminal } from "./terminal";

/** Adds the command `restore`. */
export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command("restore")
    .summary("make a model of a .dcz file again")
    .description(
      "Writes the network of a .dcz file as a model with all its weights, units that were removed as zeros. A .safetensors file is written tensor by tensor and may be larger than memory.",
    )
    .argument("<file>", "a .dcz file")
    .requiredOption("-o, --output <model>", "the model to write", fileNamed(".onnx", ".safetensors"))
    .action((file: string, options: { readonly output: string }) => runRestore(file, options, terminal));
}

async function runRestore(file: string, { output }: { readonly output: string }, terminal: Terminal): Promise<void> {
  await assertWritable(output, [file]);
  const contentOf = output.toLowerCase().endsWith(".onnx") ? wholeModel : modelByTensor;
  const { tensors, bytes } = await withFile(file, terminal, async (source) => {
    const opened = await doing(`read "${file}"`, () => open(source));
    const { length: tensors } = opened.source.tensors;
    const shown = tensorProgress(terminal, { doing: "restoring", tensors });
    const content = await contentOf(opened, { file, output, onRead: shown.show });
    return { tensors, bytes: await writeAtomically(output, content).finally(shown.stop) };
  });
  terminal.out(`wrote ${output}: ${tensors} tensors, ${grouped(bytes)} bytes\n`);
}

interface Restoration {
  readonly file: string;
  readonly output: string;
  readonly onRead: (tensor: string) => void;
}

async function wholeModel(opened: OpenedFile, { file, output }: Restoration): Promise<FileContent> {
  const network = await doing(`read "${file}"`, () => opened.network());
  return doing(`restore "${file}" as "${output}"`, () => writeModel(withGraph(network), { name: output }));
}

/** One tensor in memory at a time. */
function modelByTensor({ source }: OpenedFile, { file, onRead }: Restoration): FileContent {
  const tensors = source.tensors.map((tensor) => ({
    ...tensor,
    read() {
      onRead(tensor.name);
      return doing(`read "${file}"`, () => tensor.read());
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
