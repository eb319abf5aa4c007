import { bitWriter, byteWriter, type Codes } from "@deep-compression/bits";
import { runsDominant, sizeOfFixed, sizeOfRuns, sizeWithoutRuns } from "./cheapest-mode";
import { chunkCounts } from "./chunk-counts";
import type { ChunkEncoder } from "./chunk-kernels";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import { planChunks } from "./chunk-writer";
import { writeCodeLengths } from "./code-length-table";
import { bitWidth, countsOf, distinctSymbols } from "./histogram";
import { encodeCodeWords, fixedWidthEncoder, prefixEncoder } from "./prefix-encoder";
import { TOKEN_ALPHABET, toRunLengths } from "./run-lengths";
import { MODE_MARKS, type StreamBits, type StreamMode, type StreamPlan } from "./stream-modes";

interface PlanOptions {
  /** Symbols are 0..alphabet - 1; 1..65,536. */
  readonly alphabet: number;
  readonly encoder: ChunkEncoder;
}

/**
 * The stream in the mode that takes the fewest bytes; for up to 65,536 symbols as `cheapestStream` tells.
 *
 * @throws RangeError if a symbol is outside the alphabet
 */
export function planStream(symbols: Codes, options: PlanOptions): StreamPlan {
  const { plan, counts } = planWithoutRuns(symbols, options);
  const dominant = runsDominant(counts, symbols.length);
  if (dominant === undefined) return plan;
  const runs = planRuns(symbols, dominant, options);
  return runs.bits.bytes < plan.bits.bytes ? runs : plan;
}

function planWithoutRuns(
  symbols: Codes,
  options: PlanOptions,
): { readonly plan: StreamPlan; readonly counts: Uint32Array } {
  const { alphabet, encoder } = options;
  const local = symbols.length > CHUNK_SYMBOLS ? chunkCounts(symbols, { alphabet, encoder }) : undefined;
  const counts = local?.total ?? countsOf(symbols, alphabet);
  const inChunks = local !== undefined && distinctSymbols(counts) > 1 && alphabet > 1;
  const bits = inChunks ? sizeOfFixed(counts) : sizeWithoutRuns(counts);
  const plan = { bits, write: () => writeInOnePiece(bits, symbols, alphabet) };
  if (!inChunks) return { plan, counts };
  const chunked = planChunks(symbols, { counts: local, encoder });
  return { plan: bits.bytes <= chunked.bits.bytes ? plan : chunked, counts };
}

function planRuns(symbols: Codes, dominant: number, options: PlanOptions): StreamPlan {
  const { alphabet } = options;
  const runs = toRunLengths(symbols, dominant);
  const tokens = planWithoutRuns(runs.tokens, { ...options, alphabet: TOKEN_ALPHABET }).plan;
  const others = planWithoutRuns(runs.others, options).plan;
  function write(): Uint8Array {
    const start = streamStart("runs");
    start.write(dominant, bitWidth(alphabet));
    const stream = byteWriter();
    stream.bytes(start.finish());
    stream.varint(runs.tokens.length);
    stream.varint(tokens.bits.bytes);
    stream.bytes(tokens.write());
    stream.bytes(others.write());
    return stream.finish();
  }
  return { bits: sizeOfRuns(runs, { alphabet, tokens: tokens.bits, others: others.bits }), write };
}

/** A stream in one bit string. */
function writeInOnePiece({ mode, lengths, bytes }: StreamBits, symbols: Codes, alphabet: number): Uint8Array {
  const written = new Uint8Array(bytes);
  if (bytes === 0) return written;
  const start = streamStart(mode);
  if (mode === "constant") start.write(symbols[0]!, bitWidth(alphabet));
  if (lengths !== undefined) writeCodeLengths(start, lengths);
  written.set(start.finish());
  if (mode !== "constant") {
    const encoder = lengths === undefined ? fixedWidthEncoder(alphabet, bitWidth(alphabet)) : prefixEncoder(lengths);
    encodeCodeWords(encoder, symbols, { bytes: written, startBit: start.bitLength });
  }
  return written;
}

function streamStart(mode: StreamMode): ReturnType<typeof bitWriter> {
  const start = bitWriter();
  start.write(MODE_MARKS[mode].value, MODE_MARKS[mode].bits);
  return start;
}
