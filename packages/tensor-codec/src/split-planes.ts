/** How the bytes of elements are told apart (docs/format.md, "Split"). */
export interface SplitOrder {
  /** Bytes of an element; 2 at least. */
  readonly size: number;
  /** The nine topmost bits of each element are rotated by one: the exponent of a float32 or a bfloat16 is a byte of its own. */
  readonly isRotated: boolean;
}

/** One plane of little-endian elements, a byte for each: plane 0 has their most significant ones. It goes where `into` says. */
export function splitPlane(
  elements: Uint8Array,
  plane: number,
  { size, isRotated }: SplitOrder,
  into?: Uint8Array,
): Uint8Array {
  const bytes = into ?? new Uint8Array(elements.length / size);
  const place = size - 1 - plane;
  if (!isRotated || plane > 1) {
    for (let i = 0, at = place; i < bytes.length; i++, at += size) bytes[i] = elements[at]!;
    return bytes;
  }
  const shift = plane === 0 ? 8 : 0;
  for (let i = 0, at = size - 1; i < bytes.length; i++, at += size) {
    bytes[i] = rotated((elements[at]! << 8) | elements[at - 1]!) >>> shift;
  }
  return bytes;
}

/**
 * The mirror of {@link splitPlane}: elements from all their planes.
 *
 * @param elements where they go; at the start of their buffer
 */
export function joinPlanes(planes: readonly Uint8Array[], elements: Uint8Array, { size, isRotated }: SplitOrder): void {
  if (size === 2) joinPairs(planes as [Uint8Array, Uint8Array], elements, isRotated ? ROTATED_BITS : IN_ORDER);
  else if (size === 4) joinFours(planes as Four, elements, isRotated ? ROTATED_BITS : IN_ORDER);
  else joinMore(planes, elements, isRotated ? ROTATED_BITS : IN_ORDER);
}

type Four = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** What becomes of the 16 topmost bits as planes have them: bits that move right by one, that move left by eight, and that stay. */
interface Moves {
  readonly right: number;
  readonly left: number;
  readonly stay: number;
}

const ROTATED_BITS: Moves = { right: 0xff00, left: 0x80, stay: 0x7f };
const IN_ORDER: Moves = { right: 0, left: 0, stay: 0xffff };

function joinPairs([first, second]: readonly [Uint8Array, Uint8Array], elements: Uint8Array, moves: Moves): void {
  const { right, left, stay } = moves;
  const words = new Uint16Array(elements.buffer, elements.byteOffset, elements.length / 2);
  for (let i = 0; i < words.length; i++) {
    const top = (first[i]! << 8) | second[i]!;
    words[i] = ((top & right) >>> 1) | ((top & left) << 8) | (top & stay);
  }
}

function joinFours([first, second, third, fourth]: Four, elements: Uint8Array, moves: Moves): void {
  const { right, left, stay } = moves;
  const words = new Int32Array(elements.buffer, elements.byteOffset, elements.length / 4);
  for (let i = 0; i < words.length; i++) {
    const top = (first[i]! << 8) | second[i]!;
    const bits = ((top & right) >>> 1) | ((top & left) << 8) | (top & stay);
    words[i] = (bits << 16) | (third[i]! << 8) | fourth[i]!;
  }
}

function joinMore(planes: readonly Uint8Array[], elements: Uint8Array, { right, left, stay }: Moves): void {
  const size = planes.length;
  const [first, second] = planes as [Uint8Array, Uint8Array];
  for (let i = 0, end = size - 1; i < first.length; i++, end += size) {
    const top = (first[i]! << 8) | second[i]!;
    const bits = ((top & right) >>> 1) | ((top & left) << 8) | (top & stay);
    elements[end] = bits >>> 8;
    elements[end - 1] = bits;
    for (let plane = 2; plane < size; plane++) elements[end - plane] = planes[plane]![i]!;
  }
}

/** How often each byte occurs in each plane, in order and rotated: {@link splitPlane} for all planes at once. */
export function planeCounts(
  elements: Uint8Array,
  size: number,
): { readonly inOrder: readonly Uint32Array[]; readonly rotated: readonly Uint32Array[] } {
  const none = (length: number) => Array.from({ length }, () => new Uint32Array(256));
  const [inOrder, turned] = [none(size), none(2)];
  for (let end = size - 1; end < elements.length; end += size) {
    const top = rotated((elements[end]! << 8) | elements[end - 1]!);
    turned[0]![top >>> 8]!++;
    turned[1]![top & 0xff]!++;
  }
  for (let plane = 0; plane < size; plane++) {
    const counts = inOrder[plane]!;
    for (let at = size - 1 - plane; at < elements.length; at += size) counts[elements[at]!]!++;
  }
  return { inOrder, rotated: [...turned, ...inOrder.slice(2)] };
}

/** Of 16 bits the nine topmost rotated left by one: a sign, eight bits and seven become the eight, the sign and the seven. */
function rotated(bits: number): number {
  return ((bits << 1) & 0xff00) | ((bits >>> 8) & 0x80) | (bits & 0x7f);
}
