import { FormatError } from "@deep-compression/bits";

/** Longest header read: the limit of the safetensors library itself. */
export const MAX_SAFETENSORS_HEADER = 100_000_000;

/** An entry of the header as JSON gave it. */
export interface HeaderEntry {
  readonly key: string;
  readonly value: unknown;
}

/** Bytes before the header: its length. */
export const LENGTH_BYTES = 8;

/**
 * Length of the header from the first bytes of a file.
 *
 * @param bytes the first {@link LENGTH_BYTES}, or all of a shorter file
 * @throws FormatError "truncated", "limit-exceeded"
 */
export function readHeaderLength(bytes: Uint8Array, fileLength: number): number {
  if (bytes.length < LENGTH_BYTES)
    throw new FormatError("truncated", "a safetensors file ends in its length", { offset: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_SAFETENSORS_HEADER) {
    const message = `a safetensors header of ${length} bytes, at most ${MAX_SAFETENSORS_HEADER}`;
    throw new FormatError("limit-exceeded", message, { offset: 0 });
  }
  if (fileLength >= LENGTH_BYTES + length) return length;
  throw new FormatError("truncated", `a header of ${length} bytes in a file of ${fileLength}`, { offset: fileLength });
}

/** The entries of a header in the order in which they stand. @throws FormatError */
export function readHeaderEntries(bytes: Uint8Array): readonly HeaderEntry[] {
  if (bytes[0] !== 0x7b) throw new FormatError("bad-magic", "a safetensors header begins with {", { offset: 8 });
  const { text, value } = parseJson(bytes);
  const seen = new Set<string>();
  return topLevelKeys(text).map((key) => {
    if (seen.has(key))
      throw new FormatError("duplicate-name", `two tensors are named "${key}"`, { offset: 8, tensor: key });
    seen.add(key);
    return { key, value: value[key] };
  });
}

function parseJson(bytes: Uint8Array): { readonly text: string; readonly value: Readonly<Record<string, unknown>> } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch (cause) {
    throw new FormatError("invalid-table", "the safetensors header is not valid JSON", { offset: 8, cause });
  }
}

/**
 * The keys of a JSON object in the order in which they stand. JSON.parse keeps the last of two equal keys and moves
 * numbers to the front, so neither can be seen in its result. `text` is valid JSON.
 */
function topLevelKeys(text: string): string[] {
  const keys: string[] = [];
  const tokens = /["{}[\]]/g;
  let depth = 0;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if (token[0] === "{" || token[0] === "[") depth++;
    else if (token[0] !== '"') depth--;
    else {
      const end = endOfString(text, token.index);
      if (depth === 1 && isColonNext(text, end)) keys.push(JSON.parse(text.slice(token.index, end)));
      tokens.lastIndex = end;
    }
  }
  return keys;
}

/** Where the string that begins at `start` ends: one regular expression for it would overflow the stack on long ones. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isColonNext(text: string, start: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = start;
  return colon.test(text);
}
