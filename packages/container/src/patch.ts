// The entry of those who make and apply patches: docs/patches.md.
import { type ByteSource, checkSource, FormatError, readExactly, sha256 } from "@deep-compression/bits";
import { breather, checkBytes } from "@deep-compression/runtime";
import { matchingBytes } from "./matching-bytes";
import { decodePatch, encodePatch, type PatchedFile, type PatchStep } from "./patch-format";

export {
  decodePatch,
  MAX_PATCH_BYTES,
  MAX_PATCH_EXPANSION,
  PATCH_MAGIC,
  PATCH_VERSION,
  type Patch,
  type PatchedFile,
  type PatchStep,
} from "./patch-format";

/** Bytes that are read and hashed at once. */
const PIECE_BYTES = 2 ** 18;

/**
 * A patch that makes the new bytes of the old ones: what both have is copied, wherever it stands. Of two `.dcz` files of which few
 * tensors changed, or only the centroids, it is a small part of the new one.
 *
 * @throws TypeError
 */
export function makePatch(old: Uint8Array, made: Uint8Array): Uint8Array {
  checkBytes("old", old);
  checkBytes("made", made);
  const steps: PatchStep[] = [];
  let reached = 0;
  let copy = { from: 0, copied: 0 };
  for (const { from, to, length } of matchingBytes(old, made)) {
    if (to > reached || copy.copied > 0) steps.push({ ...copy, added: made.subarray(reached, to) });
    copy = { from, copied: length };
    reached = to + length;
  }
  if (copy.copied > 0 || reached < made.length) steps.push({ ...copy, added: made.subarray(reached) });
  return encodePatch({ old: describedBytes(old), new: describedBytes(made), steps });
}

/**
 * The new file, from the old one and a patch; both hashes are checked. Memory holds the new file and the patch.
 *
 * @throws FormatError: "bad-checksum" if the patch is for another file, or what it makes is not what it says; TypeError
 */
export async function applyPatch(old: ByteSource, patch: Uint8Array): Promise<Uint8Array> {
  const { byteLength } = checkSource("old", old);
  const { old: wanted, new: made, steps } = decodePatch(checkBytes("patch", patch));
  const breathe = breather();
  const hash = sha256();
  for (let at = 0; at < byteLength && byteLength === wanted.length; at += PIECE_BYTES) {
    hash.update(await readExactly(old, at, Math.min(PIECE_BYTES, byteLength - at)));
    await breathe();
  }
  if (byteLength !== wanted.length || hash.hex() !== wanted.sha256) {
    const message = `the patch is for a file of ${wanted.length} bytes and SHA-256 ${wanted.sha256}, which this is not`;
    throw new FormatError("bad-checksum", message);
  }
  const result = new Uint8Array(made.length);
  const madeHash = sha256();
  let filled = 0;
  const add = async (bytes: Uint8Array) => {
    result.set(bytes, filled);
    filled += bytes.length;
    madeHash.update(bytes);
    await breathe();
  };
  for (const { from, copied, added } of steps) {
    for (let done = 0; done < copied; done += PIECE_BYTES)
      await add(await readExactly(old, from + done, Math.min(PIECE_BYTES, copied - done)));
    for (let done = 0; done < added.length; done += PIECE_BYTES) await add(added.subarray(done, done + PIECE_BYTES));
  }
  if (madeHash.hex() === made.sha256) return result;
  throw new FormatError("bad-checksum", `what the patch makes does not have the SHA-256 ${made.sha256} that it says`);
}

function describedBytes(bytes: Uint8Array): PatchedFile {
  const hash = sha256();
  hash.update(bytes);
  return { length: bytes.length, sha256: hash.hex() };
}
