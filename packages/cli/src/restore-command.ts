import { attachArchitecture, findArchitecture, writeModel } from "@deep-compression/model-io";
import type { Network } from "@deep-compression/network";
import { decompress } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { doing } from "./failure";
import { withSource } from "./input-file";
import { grouped } from "./numbers";
import { fileNamed } from "./option-values";
import { assertWritable, writeWhole } from "./output-file";
import type { Terminal } from "./terminal";

export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command("restore")
    .summary("make a model of a .dcz file again")
    .description("Writes the network of a .dcz file as a model with all its weights, units that were removed as zeros.")
    .argument("<file>", "a .dcz file")
    .requiredOption("-o, --output <model>", "the model to write", fileNamed(".onnx", ".safetensors"))
    .action((file: string, options: { readonly output: string }) => runRestore(file, options, terminal));
}

async function runRestore(file: string, { output }: { readonly output: string }, terminal: Terminal): Promise<void> {
  await assertWritable(output);
  const network = await withSource(file, (source) => decompress(source));
  const bytes = await doing(`restore "${file}" as "${output}"`, () =>
    writeModel(withGraph(network, output), { name: output }),
  );
  await writeWhole(output, bytes);
  terminal.out(`wrote ${output}: ${network.tensors.length} tensors, ${grouped(bytes.length)} bytes\n`);
}

/** ONNX needs a graph; a file of weights only may still be one of the paper's networks. */
function withGraph(network: Network, output: string): Network {
  if (network.graph || !output.toLowerCase().endsWith(".onnx")) return network;
  const architecture = findArchitecture(network);
  if (architecture) return attachArchitecture(network, architecture);
  throw new Error("the file holds weights only, no graph, which ONNX needs; restore it as .safetensors");
}
