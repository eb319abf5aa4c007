import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "@deep-compression/runtime";

/** What is installed with this project, and with the models: programs and texts that people wrote. */
const FOLDERS = ["../../../node_modules/", "../models/node_modules/"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

const LANGUAGES =
  ".js .ts .mjs .cjs .md .json .py .css .html .svg .sh .h .cc .c .cs .yml .hbs .hlsl .toml .proto .txt".split(" ");

/** Of each language, at most. */
const FILES_OF_LANGUAGE = 120;
const [LEAST_BYTES, MOST_BYTES] = [400, 100_000];

/** Characters of a text. */
const [LEAST_LENGTH, MOST_LENGTH] = [300, 3000];

/** Passages of the source files that are installed, of each language up to so many, in an order that a seed draws. */
export async function sourceTexts(seed: number): Promise<readonly string[]> {
  const random = seededRandom(seed);
  const paths = (await Promise.all(FOLDERS.map(filesBelow))).flat();
  const texts: string[] = [];
  for (const language of LANGUAGES) {
    let taken = 0;
    for (const path of shuffled(paths.filter((path) => extname(path) === language).sort(), random)) {
      if (taken === FILES_OF_LANGUAGE) break;
      const { size } = await stat(path);
      if (size < LEAST_BYTES || size > MOST_BYTES) continue;
      const passage = passageOf(await readFile(path, "utf8"), random);
      if (passage.length < LEAST_LENGTH) continue;
      texts.push(passage);
      taken++;
    }
  }
  return shuffled(texts, random);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && LANGUAGES.includes(extname(entry.name)))
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Whole lines from anywhere in a text. */
function passageOf(text: string, random: () => number): string {
  const from = text.indexOf("\n", Math.floor(random() * Math.max(0, text.length - MOST_LENGTH))) + 1;
  return text.slice(from, from + MOST_LENGTH);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all;
}
