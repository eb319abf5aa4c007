import type { FileSizes, TensorSize } from "@deep-compression/pipeline";

/** A tensor in two files; absent where a file has none of its name. */
export interface ComparedTensor {
  readonly tensor: string;
  readonly first?: TensorSize;
  readonly second?: TensorSize;
  /** Bytes in the second file less those in the first. */
  readonly difference: number;
}

/** The tensors of two files by name: in the order of the first file, then what only the second has. */
export function comparedTensors(first: FileSizes, second: FileSizes): ComparedTensor[] {
  const [inFirst, inSecond] = [byName(first), byName(second)];
  const names = new Set([...inFirst.keys(), ...inSecond.keys()]);
  return [...names].map((tensor) => {
    const [a, b] = [inFirst.get(tensor), inSecond.get(tensor)];
    const difference = (b?.bytes ?? 0) - (a?.bytes ?? 0);
    return { tensor, ...(a && { first: a }), ...(b && { second: b }), difference };
  });
}

function byName({ tensors }: FileSizes): Map<string, TensorSize> {
  return new Map(tensors.map((size) => [size.tensor, size]));
}
