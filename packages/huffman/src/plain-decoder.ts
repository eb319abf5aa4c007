import { type Codes, checkBitEnd } from "@deep-compression/bits";
import { longestCodeWord } from "./canonical-codes";
import type { ChunkDecoder, CodedChunk } from "./chunk-kernels";
import { SUBSTREAMS, substreamSymbols } from "./chunk-layout";
import { INDEX_BITS, type MultiSymbolTable, multiSymbolTable } from "./multi-symbol-table";
import { decodeCodeWords, prefixDecoder } from "./prefix-decoder";

/** Two look-ups give at most three bytes each, and the second stores four. */
const ROUND_BYTES = 6;
const BYTES_BEHIND = 1;

/** Two code words of 12 bits. */
const ROUND_CODED_BYTES = 3;

/** How far each substream is decoded: symbols done, and the bit behind them, counted from the start of the chunk's bytes. */
interface Rounds {
  readonly symbols: readonly number[];
  readonly bits: readonly number[];
}

/**
 * The bulk of a chunk, four substreams side by side, two look-ups a load of 32 bits: behind up to 7 bits already read these
 * hold two code words of 12. As many rounds as neither read behind the bytes nor write behind a substream's symbols, whatever the
 * bits are; what is left is for {@link decodeCodeWords}.
 */
function decodeRounds({ entries, symbolBytes }: MultiSymbolTable, chunk: CodedChunk, symbols: Codes): Rounds {
  const { bytes, sizes } = chunk;
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const target = new DataView(symbols.buffer, symbols.byteOffset, symbols.byteLength);
  const mask = (1 << INDEX_BITS) - 1;
  const end = target.byteLength | 0;
  const quarter = ((symbols.length + SUBSTREAMS - 1) >> 2) * symbolBytes;
  const start1 = Math.min(quarter, end) | 0;
  const start2 = Math.min(2 * quarter, end) | 0;
  const start3 = Math.min(3 * quarter, end) | 0;
  let o0 = 0;
  let o1 = start1;
  let o2 = start2;
  let o3 = start3;
  let p0 = 0;
  let p1 = (8 * sizes[0]) | 0;
  let p2 = (p1 + 8 * sizes[1]) | 0;
  let p3 = (p2 + 8 * sizes[2]) | 0;
  const lastLoad = bytes.length - 4;
  for (;;) {
    const room = Math.min(start1 - o0, start2 - o1, start3 - o2, end - o3) - BYTES_BEHIND;
    const ahead = lastLoad - (Math.max(p0, p1, p2, p3) >>> 3);
    let rounds = Math.min(room / ROUND_BYTES, ahead / ROUND_CODED_BYTES) | 0;
    if (rounds <= 0) break;
    for (; rounds > 0; rounds--) {
      let window = source.getInt32(p0 >>> 3, true) >>> (p0 & 7);
      let entry = entries[window & mask];
      target.setInt32(o0, entry >> 6, true);
      o0 += entry >>> 30;
      let used = entry & 63;
      entry = entries[(window >>> used) & mask];
      target.setInt32(o0, entry >> 6, true);
      o0 += entry >>> 30;
      p0 += used + (entry & 63);

      window = source.getInt32(p1 >>> 3, true) >>> (p1 & 7);
      entry = entries[window & mask];
      target.setInt32(o1, entry >> 6, true);
      o1 += entry >>> 30;
      used = entry & 63;
      entry = entries[(window >>> used) & mask];
      target.setInt32(o1, entry >> 6, true);
      o1 += entry >>> 30;
      p1 += used + (entry & 63);

      window = source.getInt32(p2 >>> 3, true) >>> (p2 & 7);
      entry = entries[window & mask];
      target.setInt32(o2, entry >> 6, true);
      o2 += entry >>> 30;
      used = entry & 63;
      entry = entries[(window >>> used) & mask];
      target.setInt32(o2, entry >> 6, true);
      o2 += entry >>> 30;
      p2 += used + (entry & 63);

      window = source.getInt32(p3 >>> 3, true) >>> (p3 & 7);
      entry = entries[window & mask];
      target.setInt32(o3, entry >> 6, true);
      o3 += entry >>> 30;
      used = entry & 63;
      entry = entries[(window >>> used) & mask];
      target.setInt32(o3, entry >> 6, true);
      o3 += entry >>> 30;
      p3 += used + (entry & 63);
    }
  }
  const done = [o0, o1 - start1, o2 - start2, o3 - start3];
  return { symbols: done.map((number) => number / symbolBytes), bits: [p0, p1, p2, p3] };
}

/** A decoder for the chunks of a prefix code. */
export function plainDecoder(lengths: Uint8Array): ChunkDecoder {
  const table = longestCodeWord(lengths) <= INDEX_BITS ? multiSymbolTable(lengths) : undefined;
  const decoder = table?.singles ?? prefixDecoder(lengths);
  return (chunk, symbols) => {
    const { bytes, sizes } = chunk;
    const done = table && decodeRounds(table, chunk, symbols);
    let bits = 0;
    let start = 0;
    for (const [place, substream] of substreamSymbols(symbols).entries()) {
      const span = {
        bytes: bytes.subarray(start, start + sizes[place]),
        startBit: done === undefined ? 0 : done.bits[place] - 8 * start,
        baseOffset: chunk.baseOffset + start,
      };
      const end = decodeCodeWords(decoder, span, substream.subarray(done?.symbols[place] ?? 0));
      checkBitEnd(span.bytes, end, span.baseOffset);
      bits += end;
      start += sizes[place];
    }
    return bits;
  };
}
