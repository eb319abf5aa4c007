import { bytesSource } from "@deep-compression/bits";
import { floatTensor, type Network, type Tensor } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

/** A file and the tensors that it holds. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly tensors: readonly Tensor[];
}

async function fileOf(
  sizes: Readonly<Record<string, readonly [number, number]>>,
  seed: number,
  metadata = String(seed),
): Promise<ModelFile> {
  const random = seededRandom(seed);
  const tensors = Object.entries(sizes).map(([name, [rows, columns]]) =>
    floatTensor(
      name,
      [rows, columns],
      Float32Array.from({ length: rows * columns }, () => random() - 0.5),
    ),
  );
  const network: Network = { graph: undefined, metadata: { seed: metadata }, tensors };
  const raw = { sparsity: 0, share: "none", form: "raw" } as const;
  const { bytes } = compress(network, {
    default: raw,
    tensors: { coded: { share: { size: 16 }, form: undefined, sparsity: 0.8 } },
  });
  return { bytes, tensors: (await (await open(bytesSource(bytes))).network()).tensors };
}

const files = new Map<string, Promise<ModelFile>>();

function madeOnce(name: string, make: () => Promise<ModelFile>): Promise<ModelFile> {
  const file = files.get(name) ?? make();
  files.set(name, file);
  return file;
}

/** 1.2 MB in ten chunks; one tensor has two blocks, and one is in codes. Files of one seed and other metadata have one length. */
export function largeFile(seed = 1, metadata = String(seed)): Promise<ModelFile> {
  const sizes = { first: [20, 30], large: [700, 500], coded: [100, 100], last: [20, 100] } as const;
  return madeOnce(`large ${seed} ${metadata}`, () => fileOf(sizes, seed, metadata));
}

/** 13 KB, less than a chunk. */
export function smallFile(seed = 1): Promise<ModelFile> {
  const sizes = { first: [20, 30], coded: [40, 100], last: [20, 100] } as const;
  return madeOnce(`small ${seed}`, () => fileOf(sizes, seed));
}
