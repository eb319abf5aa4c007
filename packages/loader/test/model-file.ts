import { floatTensor, type Network } from "@deep-compression/network";
import { compress } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

/** A network whose file has several chunks and blocks: about 1.9 MB, of which one tensor is more than a block. */
export function exampleNetwork(seed = 1): Network {
  const random = seededRandom(seed);
  const tensor = (name: string, rows: number, columns: number) =>
    floatTensor(
      name,
      [rows, columns],
      Float32Array.from({ length: rows * columns }, () => random() - 0.5),
    );
  return {
    graph: undefined,
    metadata: { seed: String(seed) },
    tensors: [tensor("first", 20, 30), tensor("large", 700, 500), tensor("coded", 300, 400), tensor("last", 200, 100)],
  };
}

/** Its file: one tensor in codes, the others as they are. */
export function exampleFile(seed = 1): { readonly network: Network; readonly bytes: Uint8Array } {
  const network = exampleNetwork(seed);
  const raw = { sparsity: 0, share: "none", form: "raw" } as const;
  const { bytes } = compress(network, {
    default: raw,
    tensors: { coded: { share: { size: 16 }, form: undefined, sparsity: 0.8 } },
  });
  return { network, bytes };
}
