import { type ByteSource, elementCount, FormatError, readExactly } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";

/** Bytes of the length in front of each text, little-endian (tfjs-core, `NUM_BYTES_STRING_LENGTH`). */
const LENGTH_BYTES = 4;

/** Bytes read at a time: texts are short, and a source may be slow to answer. */
const WINDOW_BYTES = 65_536;

/**
 * Where a weight of texts ends that begins at `start`.
 *
 * @param limit.whole the model's files
 * @param limit.end where the files of the weight end
 * @throws FormatError "truncated" if the texts go on beyond it
 */
export async function skipStrings(
  start: number,
  shape: readonly number[],
  limit: { readonly whole: ByteSource; readonly end: number; readonly name: string },
): Promise<number> {
  const { whole, end, name } = limit;
  const beyond = () =>
    new FormatError("truncated", `weight ${quoted(name)}: its texts go beyond the files of its weights`, {
      offset: end,
      tensor: name,
    });
  const count = elementCount(shape);
  if (count * LENGTH_BYTES > end - start) throw beyond();
  let position = start;
  let window = { start, bytes: new Uint8Array(0) };
  for (let i = 0; i < count; i++) {
    if (position + LENGTH_BYTES > end) throw beyond();
    if (position + LENGTH_BYTES > window.start + window.bytes.length) {
      const bytes = await readExactly(whole, position, Math.min(WINDOW_BYTES, end - position));
      window = { start: position, bytes: new Uint8Array(bytes) };
    }
    const { buffer, byteOffset } = window.bytes;
    const length = new DataView(buffer, byteOffset).getUint32(position - window.start, true);
    position += LENGTH_BYTES + length;
  }
  if (position > end) throw beyond();
  return position;
}
