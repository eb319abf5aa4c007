import { type ByteSource, readExactly } from "@deep-compression/bits";
import { FIELD_ROOM, fieldAt, protobufError, WIRE } from "./protobuf";
import { type AnyMessage, MAX_DEPTH } from "./protobuf-message";
import type { Piece, SparseBytes } from "./sparse-bytes";

/** Shorter values are kept whatever they are: a piece of its own costs more. */
const SHORTEST_CUT = 4096;
/** Bytes read at a time: few after a jump, and twice as many each time that reading goes on. */
const [SHORTEST_WINDOW, LONGEST_WINDOW] = [4096, 2 ** 18];
/** Most bytes of a model besides its tensors. */
export const MAX_OUTLINE = 2 ** 29;

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Reads a source by windows, so that reading on costs a call of the source only now and then. */
function windowReader(source: ByteSource) {
  let piece: Piece = { start: 0, bytes: new Uint8Array(0) };
  let size = SHORTEST_WINDOW;
  const has = (start: number, end: number) => start >= piece.start && end <= piece.start + piece.bytes.length;
  return {
    /** The window, if it has these bytes. */
    ready: (start: number, end: number): Piece | undefined => (has(start, end) ? piece : undefined),
    /** A window of at least `length` bytes from `start` on. */
    async move(start: number, length: number): Promise<Piece> {
      const goesOn = start <= piece.start + piece.bytes.length;
      size = goesOn ? Math.min(2 * size, LONGEST_WINDOW) : SHORTEST_WINDOW;
      const available = Math.min(Math.max(size, length), source.byteLength - start);
      piece = { start, bytes: await readExactly(source, start, available) };
      return piece;
    },
  };
}

type WindowReader = ReturnType<typeof windowReader>;

/**
 * What a file holds besides the data of tensors and fields that nobody knows: read field by field, never whole where that
 * is much.
 *
 * @throws FormatError if a field does not fit its message, "limit-exceeded" for more than {@link MAX_OUTLINE} bytes
 */
export async function readOutline(source: ByteSource, kind: AnyMessage): Promise<SparseBytes> {
  const { byteLength } = source;
  const cuts: Range[] = [];
  await findCuts(windowReader(source), { start: 0, end: byteLength }, { kind, depth: 0, cuts });
  const kept = byteLength - cuts.reduce((sum, { start, end }) => sum + end - start, 0);
  if (kept > MAX_OUTLINE) {
    const message = `${kept} bytes besides the data of tensors, at most ${MAX_OUTLINE}`;
    throw protobufError("limit-exceeded", message, 0);
  }
  const pieces: Piece[] = [];
  const window = windowReader(source);
  let start = 0;
  for (const cut of [...cuts, { start: byteLength, end: byteLength }]) {
    if (cut.start > start) pieces.push({ start, bytes: await readKept(source, window, start, cut.start) });
    start = cut.end;
  }
  return { byteLength, pieces };
}

/** A copy of its own: views would hold whole windows in memory. */
async function readKept(source: ByteSource, window: WindowReader, start: number, end: number): Promise<Uint8Array> {
  if (end - start >= LONGEST_WINDOW) return readExactly(source, start, end - start);
  const piece = window.ready(start, end) ?? (await window.move(start, end - start));
  return new Uint8Array(piece.bytes.subarray(start - piece.start, end - piece.start));
}

/** Long values of a message, and of those inside it, that need not be in memory: ascending. */
async function findCuts(
  window: WindowReader,
  place: Range,
  context: { readonly kind: AnyMessage; readonly depth: number; readonly cuts: Range[] },
): Promise<void> {
  const { kind, depth, cuts } = context;
  for (let position = place.start; position < place.end; ) {
    const room = Math.min(position + FIELD_ROOM, place.end);
    const piece = window.ready(position, room) ?? (await window.move(position, FIELD_ROOM));
    const { number, wireType, start, end } = fieldAt(piece, position, place.end);
    position = end;
    if (wireType !== WIRE.bytes || end - start < SHORTEST_CUT) continue;
    const key = kind.keys.get(number);
    const field = key === undefined ? undefined : kind.fields[key]!;
    if (field?.message && depth < MAX_DEPTH)
      await findCuts(window, { start, end }, { kind: field.message(), depth: depth + 1, cuts });
    else if (!field || field.isData || field.message) cuts.push({ start, end });
  }
}
