import type { ByteSource } from "@deep-compression/bits";
import { attachArchitecture, findArchitecture, writeModel, writeSafetensorsParts } from "@deep-compression/model-io";
import type { Network } from "@deep-compression/network";
import { open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { doing } from "./failure";
import { withFile } from "./input-file";
import { grouped } from "./number-text";
import { fileNamed } from "./option-values";
import { assertWritable, writeAtomically } from "./output-file";
import { tensorProgress } from "./tensor-progress";
import type { Terminal } from "./terminal";

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
  const restore = output.toLowerCase().endsWith(".onnx") ? restoreWhole : restoreByTensor;
  const { tensors, bytes } = await withFile(file, (source) => restore({ file, source, output, terminal }));
  terminal.out(`wrote ${output}: ${tensors} tensors, ${grouped(bytes)} bytes\n`);
}

interface Restoration {
  readonly file: string;
  readonly source: ByteSource;
  readonly output: string;
  readonly terminal: Terminal;
}

/** What was written. */
interface Restored {
  readonly tensors: number;
  readonly bytes: number;
}

async function restoreWhole({ file, source, output }: Restoration): Promise<Restored> {
  const network = await doing(`read "${file}"`, async () => (await open(source)).network());
  const model = await doing(`restore "${file}" as "${output}"`, () => writeModel(withGraph(network), { name: output }));
  return { tensors: network.tensors.length, bytes: await writeAtomically(output, model) };
}

/** One tensor in memory at a time. */
async function restoreByTensor({ file, source, output, terminal }: Restoration): Promise<Restored> {
  const { source: network } = await doing(`read "${file}"`, () => open(source));
  const shown = tensorProgress(terminal, { doing: "restoring", tensors: network.tensors.length });
  const tensors = network.tensors.map((tensor) => ({
    ...tensor,
    read() {
      shown.show(tensor.name);
      return doing(`read "${file}"`, () => tensor.read());
    },
  }));
  const parts = writeSafetensorsParts({ ...network, tensors });
  const bytes = await writeAtomically(output, parts).finally(shown.stop);
  return { tensors: tensors.length, bytes };
}

/** ONNX needs a graph; a file of weights only may still be one of the paper's networks. */
function withGraph(network: Network): Network {
  if (network.graph) return network;
  const architecture = findArchitecture(network);
  if (architecture) return attachArchitecture(network, architecture);
  throw new Error("the file holds weights only, no graph, which ONNX needs; restore it as .safetensors");
}
