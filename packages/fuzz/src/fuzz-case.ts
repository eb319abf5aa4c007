import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32c } from "@deep-compression/bits";

/** What a decoder is given: the bytes, and the numbers that its caller would know beforehand (see its target). */
export interface FuzzCase {
  readonly target: string;
  readonly numbers: readonly number[];
  readonly bytes: Uint8Array;
  /** The bytes before the accident, where a checksum covers all of them: nothing else may be read as valid. */
  readonly original?: Uint8Array;
}

/** A case as the text of a file, to be kept and run again. */
export function caseText({ target, numbers, bytes, original }: FuzzCase): string {
  const hex = (content: Uint8Array) => Buffer.from(content).toString("hex");
  const fields = { target, numbers, bytes: hex(bytes), ...(original && { original: hex(original) }) };
  return `${JSON.stringify(fields)}\n`;
}

/** The mirror of {@link caseText}. @throws TypeError if the text is no case */
export function parseCase(text: string): FuzzCase {
  const { target, numbers, bytes, original } = JSON.parse(text);
  if (typeof target !== "string" || !Array.isArray(numbers) || typeof bytes !== "string") {
    throw new TypeError(`text: expected a case with target, numbers and bytes, got ${text.slice(0, 60)}`);
  }
  const fromHex = (content: string) => new Uint8Array(Buffer.from(content, "hex"));
  return { target, numbers, bytes: fromHex(bytes), ...(original !== undefined && { original: fromHex(original) }) };
}

/** Cases that once failed and are run first, each time. */
export const CORPUS_FOLDER = fileURLToPath(new URL("../corpus/", import.meta.url));

/** Where new failures go; not kept by git until someone moves them to the corpus. */
export const FAILURES_FOLDER = fileURLToPath(new URL("../out/", import.meta.url));

/** The cases of a folder, in the order of their names. */
export function readCases(folder: string): FuzzCase[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => parseCase(readFileSync(join(folder, name), "utf8")));
}

/** Writes a case to a file named by its target and its content, and gives its path. */
export function writeCase(folder: string, input: FuzzCase): string {
  const text = caseText(input);
  const digest = crc32c(new TextEncoder().encode(text)).toString(16).padStart(8, "0");
  const path = join(folder, `${input.target}-${digest}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return path;
}
