/**
 * Compiles a WebAssembly module that is inlined as text of printable characters; undefined where WebAssembly, or a feature the module
 * uses, is missing or forbidden (a page's content security policy may): then the plain TypeScript version of the same function
 * does the work.
 *
 * @param edit makes other bytes of the module's
 */
export function wasmModule(
  text: string,
  edit: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (bytes) => bytes,
): WebAssembly.Module | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    return new WebAssembly.Module(edit(textBytes(text)));
  } catch {
    return undefined;
  }
}

/** Digits of a byte. The two after them stand for 88 and 176, which are added to the next digit. */
const DIGITS = 88;

/**
 * Bytes that compile-assembly.mjs wrote as printable characters, from \# on and without the backslash: one for a byte below 88, two for
 * others. A web server's gzip makes about a tenth less of it than of hexadecimal digits, and a third less than of base64.
 */
function textBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let above = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const digit = code - (code > 92 ? 36 : 35);
    if (digit < DIGITS) {
      bytes.push(above + digit);
      above = 0;
    } else above = DIGITS * (digit - DIGITS + 1);
  }
  return Uint8Array.from(bytes);
}
