import { FormatError } from "@deep-compression/bits";

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of sizes: whole, exact, and not the "-0" that no reader of sizes takes. */
export function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));
}

/** Whether a text may well be JSON of a model: an object, or a list of objects. */
export function beginsJson(text: string): boolean {
  return /^\s*(\{|\[\s*\{)/.test(text);
}

/**
 * JSON in UTF-8.
 *
 * @param at what the bytes are, and where they stand in the file
 * @throws FormatError "invalid-table"
 */
export function parseJson(
  bytes: Uint8Array,
  at: { readonly what: string; readonly offset: number },
): { readonly text: string; readonly value: unknown } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch (cause) {
    throw new FormatError("invalid-table", `${at.what} is not valid JSON`, { offset: at.offset, cause });
  }
}

/**
 * The keys of a JSON object in the order in which they stand, or those of its member `of`. JSON.parse keeps the last of
 * two equal keys and moves numbers to the front, so neither can be seen in its result. `text` is valid JSON.
 */
export function keysInOrder(text: string, of?: string): readonly string[] {
  const keys: string[] = [];
  const wanted = of === undefined ? 1 : 2;
  const tokens = /["{}[\]]/g;
  let [depth, member] = [0, ""];
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if (token[0] === "{" || token[0] === "[") depth++;
    else if (token[0] !== '"') depth--;
    else {
      const end = endOfString(text, token.index);
      if (depth <= wanted && isColonNext(text, end)) {
        const key: string = JSON.parse(text.slice(token.index, end));
        if (depth === wanted && (wanted === 1 || member === of)) keys.push(key);
        if (depth === 1) member = key;
      }
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
