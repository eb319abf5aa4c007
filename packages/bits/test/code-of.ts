import { FormatError } from "@deep-compression/bits";

/** The code of the error that decoding ends with, "decoded" if it ends well, or any other error as a text. */
export function codeOf(decode: () => unknown): string {
  try {
    decode();
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}
