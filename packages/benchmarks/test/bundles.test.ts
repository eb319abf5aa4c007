// Each codec alone in a browser bundle: the browser example of its README, built by esbuild, run where nothing of Node's is.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { writeContainer } from "@deep-compression/container";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const table = `${root}test-vectors/bundle-sizes.csv`;
const packages = ["bits", "sparse", "codebook", "huffman", "container"];

/** Sizes in bytes: of the README's browser example with all it needs, and of everything that the package exports. */
interface BundleSize {
  readonly package: string;
  readonly exampleMinified: number;
  readonly exampleGzipped: number;
  readonly wholeMinified: number;
  readonly wholeGzipped: number;
}

/** The one block of README.md that is marked as JavaScript. */
function browserExample(name: string): string {
  const readme = readFileSync(`${root}packages/${name}/README.md`, "utf8");
  const blocks = Array.from(readme.matchAll(/```js\n(.*?)```/gs), ([, code]) => code);
  expect(blocks, `${name}: browser examples in its README`).toHaveLength(1);
  return blocks[0];
}

async function bundled(name: string, contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: `${root}packages/${name}`, sourcefile: "example.js" },
    bundle: true,
    minify: true,
    write: false,
    platform: "browser", // an import of a Node built-in is an error
    format: "iife",
    globalName: contents.startsWith("export") ? "whole" : undefined,
    target: "es2022",
    conditions: ["@deep-compression/source"],
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

/** Runs a script where there is nothing but JavaScript, WebAssembly and what every browser has; gives the lines it logs. */
async function linesOf(script: string): Promise<string[]> {
  const lines: string[] = [];
  const tensor = { name: "bias", type: 1, shape: [1], sections: [{ kind: 1, bytes: Uint8Array.of(0, 0, 128, 63) }] };
  async function* body() {
    for (const byte of writeContainer({ tensors: [tensor] })) yield Uint8Array.of(byte);
  }
  const log = (...values: unknown[]) => lines.push(values.join(" "));
  const fetch = async () => ({ body: body() });
  // The arrays of the two contexts are not of one class, so that the bytes handed in must be made there.
  const context = createContext({ console: { log }, fetch, TextEncoder, TextDecoder, atob, Uint8Array });
  runInContext(script, context);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return lines;
}

const sizes: BundleSize[] = await Promise.all(
  packages.map(async (name) => {
    const example = await bundled(name, browserExample(name));
    const whole = await bundled(name, `export * from "@deep-compression/${name}";`);
    return {
      package: name,
      exampleMinified: example.length,
      exampleGzipped: gzipSync(example, { level: 9 }).length,
      wholeMinified: whole.length,
      wholeGzipped: gzipSync(whole, { level: 9 }).length,
    };
  }),
);

// After a change of the codecs: npm run sizes
if (process.env.DEEP_COMPRESSION_WRITE_SIZES === "1") {
  const lines = [Object.keys(sizes[0]), ...sizes.map((size) => Object.values(size))];
  writeFileSync(table, `${lines.map((line) => line.join(",")).join("\n")}\n`);
}

describe.each(packages)("%s", (name) => {
  test("runs alone in a browser and logs what its README says", async () => {
    const example = browserExample(name);
    const expected = Array.from(example.matchAll(/console\.log\(.*\/\/ (.*)$/gm), ([, comment]) => comment);
    expect(expected.length).toBeGreaterThan(0);
    expect(await linesOf(await bundled(name, example))).toEqual(expected);
    expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(12);
  });

  test("takes the bytes that test-vectors/bundle-sizes.csv says", () => {
    const [head, ...rows] = readFileSync(table, "utf8").trimEnd().split("\n");
    expect(head).toBe(Object.keys(sizes[0]).join(","));
    const size = sizes.find((one) => one.package === name);
    const [, exampleMinified, exampleGzipped, wholeMinified, wholeGzipped] =
      rows.find((row) => row.startsWith(`${name},`))?.split(",") ?? [];
    expect(size).toMatchObject({ exampleMinified: Number(exampleMinified), wholeMinified: Number(wholeMinified) });
    // Node's versions bring different versions of zlib.
    expect(Math.abs(Number(size?.exampleGzipped) / Number(exampleGzipped) - 1)).toBeLessThan(0.01);
    expect(Math.abs(Number(size?.wholeGzipped) / Number(wholeGzipped) - 1)).toBeLessThan(0.01);
  });
});

test("huffman, its WebAssembly included, takes less than 8 KB", () => {
  const { exampleGzipped, wholeGzipped } = sizes.find((size) => size.package === "huffman") ?? sizes[0];
  expect(exampleGzipped).toBeLessThan(8192);
  expect(wholeGzipped).toBeLessThan(8192);
});
