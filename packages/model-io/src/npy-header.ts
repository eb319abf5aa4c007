import { FormatError } from "@deep-compression/bits";
import type { ElementType } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** numpy's kind and size of each element type that numpy has. */
export const DESCRIPTORS: ReadonlyMap<ElementType, string> = new Map([
  ["bool", "b1"],
  ["uint8", "u1"],
  ["uint16", "u2"],
  ["uint32", "u4"],
  ["uint64", "u8"],
  ["int8", "i1"],
  ["int16", "i2"],
  ["int32", "i4"],
  ["int64", "i8"],
  ["float16", "f2"],
  ["float32", "f4"],
  ["float64", "f8"],
  ["complex64", "c8"],
  ["complex128", "c16"],
]);
const TYPE_OF_DESCRIPTOR: ReadonlyMap<string, ElementType> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Array.from(DESCRIPTORS, ([type, text]) => [text, type]),
);

/** What the header says of the array. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly isBigEndian: boolean;
  readonly isFortran: boolean;
}

/** One entry of a dictionary as Python prints it: a key; a text, a truth or a tuple. */
const ENTRY = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\))\s*(?:,|$)/gy;

/** Sizes, as the Python 2 of old files prints them too: 3L. */
const TUPLE = /^\(\s*((?:\d+L?\s*,\s*)+(?:\d+L?\s*)?)?\)$/;

/**
 * Parses the dictionary of a header, its three keys in any order.
 *
 * @param offset where it begins in the file, for errors
 * @throws FormatError "invalid-table", "unsupported" for arrays of anything but numbers that we know
 */
export function parseNpyHeader(text: string, offset: number): NpyHeader {
  const fail = (message: string, code: "invalid-table" | "unsupported" = "invalid-table") =>
    new FormatError(code, `npy header: ${message}: ${quoted(text.trim())}`, { offset });
  if (/(['"])descr\1\s*:\s*\[/.test(text)) throw fail("structured arrays are not supported", "unsupported");
  const values = entriesOf(text);
  const [, order, descriptor] = /^['"]([<>|=]?)(\w+(?:\[\w+\])?)['"]$/.exec(values?.get("descr") ?? "") ?? [];
  const fortran = /^(?:True|False)$/.exec(values?.get("fortran_order") ?? "");
  const sizes = TUPLE.exec(values?.get("shape") ?? "");
  if (values?.size !== 3 || descriptor === undefined || !fortran || !sizes)
    throw fail("expected descr, fortran_order and shape of a plain array");
  const type = TYPE_OF_DESCRIPTOR.get(descriptor);
  if (!type) throw fail(`type ${quoted(descriptor)} is not supported`, "unsupported");
  const shape = (sizes[1] ?? "").match(/\d+/g) ?? [];
  return { type, shape: shape.map(Number), isBigEndian: order === ">", isFortran: fortran[0] === "True" };
}

/** The entries of a dictionary, the values as they stand; undefined if it is none, or has a key twice. */
function entriesOf(text: string): ReadonlyMap<string, string> | undefined {
  const [, body] = /^\{(.*)\}\s*$/s.exec(text) ?? [];
  if (body === undefined) return undefined;
  const values = new Map<string, string>();
  let end = 0;
  for (const [all, single, double, value] of body.matchAll(ENTRY)) {
    const key = single ?? double!;
    if (values.has(key)) return undefined;
    values.set(key, value!);
    end += all.length;
  }
  return body.slice(end).trim() === "" ? values : undefined;
}
