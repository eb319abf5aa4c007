import type { Site } from "./operation";
import type { SparseMatrix } from "./sparse-matrix";
import type { Value } from "./value";

/** Places, a channel and a tap each, of a block: so many rows of the padded input stay in the first-level cache while a tile is computed. */
const BLOCK_PLACES = 320;

/** Where a filter's block of channels begins among its lines and entries. */
export interface FilterBlock {
  readonly firstChannel: number;
  readonly firstLine: number;
  readonly lines: number;
  readonly firstEntry: number;
  readonly entries: number;
}

/**
 * The weights of a convolution that are not zero, in the heap: by block of channels, then by output, as place in the block and code. Channels
 * are those of the whole input, so groups need no more.
 */
export interface SparseFilter {
  readonly bytes: number;
  readonly channelsPerBlock: number;
  readonly blocks: readonly FilterBlock[];
  /** Pairs of an output and how many entries it has in the block. */
  readonly lines: Value;
  /** Place in the block, channel by channel, and code, 16 bits up. */
  readonly entries: Value;
  readonly centroids: Value;
  readonly outputScales: Value | undefined;
  /** One a place of a group. */
  readonly inputScales: Float32Array | undefined;
}

/** Lays out a filter [outputs x channels of a group * taps]. */
export function sparseFilter(
  site: Site,
  matrix: SparseMatrix,
  { groups, taps }: { readonly groups: number; readonly taps: number },
): SparseFilter {
  const { outputs, inputs, outputOf, inputOf, codeOf, centroids, outputScales, inputScales } = matrix;
  const channels = inputs / taps;
  const channelsPerBlock = Math.max(1, Math.floor(BLOCK_PLACES / taps));
  const places = channelsPerBlock * taps;
  const count = Math.ceil((groups * channels) / channelsPerBlock);
  const keys = new Uint32Array(outputOf.length);
  const starts = new Uint32Array(count * outputs + 1);
  const pairs = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const output = outputOf[i]!;
    const place = Math.floor((output * groups) / outputs) * inputs + inputOf[i]!;
    const block = Math.floor(place / places);
    keys[i] = block * outputs + output;
    pairs[i] = place - block * places + codeOf[i]! * 65_536;
    starts[keys[i]! + 1]!++;
  }
  const blocks: FilterBlock[] = [];
  const lines: number[] = [];
  for (let block = 0, firstEntry = 0; block < count; block++) {
    const firstLine = lines.length / 2;
    const before = firstEntry;
    for (let output = 0; output < outputs; output++) {
      const own = starts[block * outputs + output + 1]!;
      if (own > 0) lines.push(output, own);
      firstEntry += own;
    }
    const firstChannel = block * channelsPerBlock;
    blocks.push({
      firstChannel,
      firstLine,
      lines: lines.length / 2 - firstLine,
      firstEntry: before,
      entries: firstEntry - before,
    });
  }
  for (let key = 0; key < starts.length - 1; key++) starts[key + 1]! += starts[key]!;
  const entries = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) entries[starts[keys[i]!]!++] = pairs[i]!;
  const kept = (type: "uint32" | "float32", array: Uint32Array | Float32Array) => {
    const value = site.keep(type, [array.length]);
    value.data.set(array as never);
    return value;
  };
  return {
    bytes:
      4 * (entries.length + lines.length + centroids.length + (outputScales?.length ?? 0) + (inputScales?.length ?? 0)),
    channelsPerBlock,
    blocks,
    lines: kept("uint32", Uint32Array.from(lines)),
    entries: kept("uint32", entries),
    centroids: kept("float32", centroids),
    outputScales: outputScales && kept("float32", outputScales),
    inputScales,
  };
}
