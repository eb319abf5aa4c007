import { FormatError } from "@deep-compression/bits";

/**
 * Runs `run`; a FormatError from it that names no tensor or has no offset is wrapped in one that does.
 *
 * @param place.offset where the section starts
 */
export function inTensor<T>(
  place: { readonly tensor: string; readonly section: string; readonly offset: number },
  run: () => T,
): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof FormatError) || (cause.tensor !== undefined && cause.offset !== undefined)) throw cause;
    const message = `tensor "${place.tensor}", ${place.section}: ${cause.message}`;
    throw new FormatError(cause.code, message, { ...place, offset: cause.offset ?? place.offset, cause });
  }
}
