import { type ByteSource, FormatError, readExactly } from "@deep-compression/bits";
import { breather } from "@deep-compression/runtime";
import { hexOfHash } from "./expected-hash";
import { fileChecks } from "./file-checks";
import { LoadError, reasonText } from "./load-error";
import type { CheckedOptions } from "./load-options";
import type { LoadedModel } from "./loaded-model";
import { progressOf } from "./progress";
import { openFile } from "./reader";
import { lengthError, notOfFormat } from "./refusals";

const PIECE_BYTES = 2 ** 18;
const NAME = "source";

/** Loads a file whose bytes are there. With a hash all of it is checked first, and nothing given out before. @throws LoadError, TypeError */
export async function loadBytes(source: ByteSource, options: CheckedOptions): Promise<LoadedModel> {
  const { sha256 } = options;
  if (sha256 === "beside") throw new TypeError('sha256: "beside" is for a file that has a URL');
  if (source.byteLength === 0) throw lengthError(NAME, { length: 0, expected: undefined });
  const warnings: LoadError[] = [];
  let whole: Promise<void> | undefined;
  const complete = () => {
    whole ??= checkAll(source, options);
    return whole;
  };
  if (sha256 !== undefined) await complete();
  const onNoWorkers = (cause: unknown) => {
    const message = `workers cannot be started (${reasonText(cause)}): tensors are decoded on this thread`;
    warnings.push(new LoadError("no-workers", message, { cause }));
  };
  const { threads, freeElements, formats } = options;
  const reading = {
    workers: threads,
    onNoWorkers,
    ...(freeElements !== undefined && { freeElements }),
    ...(formats && { formats }),
  };
  const opened = await openFile(source, reading).catch((error) => {
    if (error instanceof FormatError) throw notOfFormat(error, { url: NAME, contentType: undefined });
    throw error;
  });
  return Object.freeze({ ...opened, cached: "memory", warnings, complete, cancel() {} });
}

async function checkAll(source: ByteSource, { sha256, signal, onProgress }: CheckedOptions): Promise<void> {
  const checks = fileChecks({ isHashed: sha256 !== undefined });
  const { byteLength } = source;
  const breathe = breather();
  try {
    for (let start = 0; start < byteLength; start += PIECE_BYTES) {
      if (signal?.aborted) throw new LoadError("aborted", `${NAME}: stopped by the caller`, { cause: signal.reason });
      checks.push(await readExactly(source, start, Math.min(PIECE_BYTES, byteLength - start)));
      onProgress(progressOf(checks, "reading"));
      await breathe();
    }
  } catch (error) {
    if (error instanceof FormatError) throw notOfFormat(error, { url: NAME, contentType: undefined });
    throw error;
  }
  if (!checks.isComplete) throw lengthError(NAME, { length: byteLength, expected: checks.info?.byteLength });
  const found = checks.hash();
  if (sha256 !== undefined && found !== hexOfHash(sha256))
    throw new LoadError("hash", `${NAME}: its SHA-256 is ${found}, not ${sha256} as asked for`);
  onProgress(progressOf(checks, "complete"));
}
