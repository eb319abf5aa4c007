import type { FileSizes } from "@deep-compression/pipeline";
import { PART_KEYS, PARTS, type Part, type TableRow } from "./ledger-columns";

/** A box of the treemap: a tensor with its parts, or a part of the file. */
export interface ByteBox {
  readonly name: string;
  readonly value: number;
  /** What its bytes are for: a part of a tensor, or of the file; absent in a tensor whose parts are not known, or that has some. */
  readonly part?: Part | "graph" | "file";
  readonly children?: readonly ByteBox[];
}

/** Tensors that have a box of their own; the others share one. */
export const MOST_BOXES = 200;

/**
 * All bytes of a file as boxes, the largest tensors first; their parts as far as they are known. What deflating a section saved is taken
 * off its parts in proportion, so that the boxes sum to the file.
 */
export function byteTree(sizes: FileSizes, rows: readonly TableRow[]): ByteBox[] {
  const largest = rows.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  const own = largest.slice(0, MOST_BOXES).map(tensorBox);
  const others = largest.slice(MOST_BOXES);
  const shared = others.reduce((sum, { bytes }) => sum + bytes, 0);
  const rest: ByteBox[] = [
    { name: `${others.length} smaller tensors`, value: shared },
    { name: "graph or model file", value: sizes.graphBytes, part: "graph" },
    { name: "metadata", value: sizes.metadataBytes, part: "file" },
    { name: "file header", value: sizes.headerBytes, part: "file" },
  ];
  return [...own, ...rest.filter(({ value }) => value > 0)];
}

function tensorBox({ tensor, bytes, ledger }: TableRow): ByteBox {
  if (ledger === undefined) return { name: tensor, value: bytes };
  const parts = PART_KEYS.filter((part) => ledger.bytes[part] > 0);
  const total = parts.reduce((sum, part) => sum + ledger.bytes[part], 0);
  const children = parts.map((part) => ({ name: PARTS[part], value: (ledger.bytes[part] * bytes) / total, part }));
  return { name: tensor, value: bytes, children };
}
