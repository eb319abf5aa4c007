import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32c } from "@deep-compression/bits";
import { caseText, type FuzzCase, parseCase } from "./fuzz-case";

/** Cases that once failed and are run first, each time. */
export const CORPUS_FOLDER = fileURLToPath(new URL("../corpus/", import.meta.url));

/** Where new failures go; not kept by git until someone moves them to the corpus. */
export const FAILURES_FOLDER = fileURLToPath(new URL("../out/", import.meta.url));

/** The cases of a folder, by file name. */
export function readCases(folder: string): ReadonlyMap<string, FuzzCase> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(names.sort().map((name) => [name, parseCase(readFileSync(join(folder, name), "utf8"))]));
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
