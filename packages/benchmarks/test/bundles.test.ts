// Each codec alone in a browser bundle: an example of its README, built by esbuild, run where nothing of Node's is.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { writeContainer } from "@deep-compression/container";
import { expect, test, vi } from "vitest";
import { type BundleSize, bundled, bundleSize } from "../src/bundle-size";
import { INFERENCE_BUNDLES, LOADER, LOADER_PARTS, LOADER_VISIT, READER_BUNDLES } from "../src/inference-bundles";
import { splitBundle, total } from "../src/visit-size";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const table = `${root}test-vectors/bundle-sizes.csv`;
const packages = ["bits", "sparse", "codebook", "huffman", "context-coding", "container"];

/** The example that shows a codec alone: a file of its tests, which its README repeats. */
function exampleFile(name: string): string {
  return `${root}packages/${name}/test/${name === "bits" ? "readme" : "browser"}-example.ts`;
}

function exampleOf(name: string): string {
  return readFileSync(exampleFile(name), "utf8");
}

/** A folder of a package, from which imports are found. */
function folderOf(name: string): string {
  return `${root}packages/${name}/test`;
}

/** Gives a file of one tensor. */
async function fetch() {
  const tensor = { name: "bias", type: 1, shape: [1], sections: [{ kind: 1, bytes: Uint8Array.of(0, 0, 128, 63) }] };
  return new Response(new Uint8Array(writeContainer({ tensors: [tensor] })));
}

/** The exports of a script that runs where there is nothing but JavaScript, WebAssembly and what every browser has. */
async function exportsOf(script: string): Promise<unknown> {
  // Uint8Array: the two contexts have classes of their own, and the bytes that `fetch` gives are of ours.
  const context = createContext({ fetch, TextEncoder, TextDecoder, atob, Uint8Array });
  runInContext(script, context);
  return plain(context.bundle);
}

/** Exports as plain values, once those that are promised have come; a typed array as a list. */
async function plain(exported: object): Promise<Record<string, unknown>> {
  const entries = Object.entries(exported).map(async ([name, promised]) => {
    const value = await promised;
    return [name, ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : structuredClone(value)];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What is bundled of each package, by the name of the bundle. */
const contents: Readonly<Record<string, string>> = Object.fromEntries([
  ...packages.map((name) => [`${name}: example of its README`, exampleOf(name)]),
  ["huffman: decodeSymbols", 'export { decodeSymbols } from "@deep-compression/huffman";'],
  ["huffman: encodeSymbols", 'export { encodeSymbols } from "@deep-compression/huffman";'],
  ...packages.map((name) => [`${name}: everything`, `export * from "@deep-compression/${name}";`]),
  ...Object.entries(INFERENCE_BUNDLES),
  ...Object.entries(READER_BUNDLES),
]);

const whole = await Promise.all(
  Object.entries(contents).map(async ([bundle, source]) => {
    return { bundle, ...(await bundleSize(source, folderOf(bundle.split(":")[0]))) };
  }),
);
const split = await splitBundle(LOADER, folderOf("loader"));
const parts = Object.entries(LOADER_PARTS).map(([bundle, names]) => ({ bundle, ...split.added(names) }));
const visit = LOADER_VISIT.map((name) => parts.find(({ bundle }) => bundle === name)!);
const sizes: readonly (BundleSize & { readonly bundle: string })[] = [
  ...whole,
  ...parts,
  { bundle: "loader: a visit that loads an ONNX model", ...total(visit) },
];

// After a change of the codecs: npm run sizes
if (process.env.DEEP_COMPRESSION_WRITE_SIZES === "1") {
  const lines = sizes.map(({ bundle, minified, gzipped }) => `${bundle},${minified},${gzipped}`);
  writeFileSync(table, `${["bundle,minified,gzipped", ...lines].join("\n")}\n`);
}

test.each(packages)("%s runs alone in a browser, from the lines that its README has, as it runs here", async (name) => {
  const example = exampleOf(name);
  expect(readFileSync(`${root}packages/${name}/README.md`, "utf8")).toContain(`\`\`\`ts\n${example}\`\`\``);
  vi.stubGlobal("fetch", fetch);
  const here = await plain(await import(exampleFile(name)));
  expect(Object.keys(here).length).toBeGreaterThan(0);
  const isBuilt = process.env.DEEP_COMPRESSION_TEST === "dist";
  const script = await bundled(example, { folder: folderOf(name), form: "script", isBuilt });
  expect(await exportsOf(script)).toEqual(here);
});

test.each(sizes)("$bundle takes the bytes that test-vectors/bundle-sizes.csv says", ({ bundle, minified, gzipped }) => {
  const rows = readFileSync(table, "utf8").trimEnd().split("\n").slice(1);
  expect(rows).toHaveLength(sizes.length);
  const [, minifiedBefore, gzippedBefore] = rows.find((row) => row.startsWith(`${bundle},`))?.split(",") ?? [];
  expect(minified).toBe(Number(minifiedBefore));
  expect(Math.abs(gzipped / Number(gzippedBefore) - 1)).toBeLessThan(0.01); // Node's versions bring different zlibs
});

test("what a page downloads at first to call load takes less than 30 KB", () => {
  expect(parts[0]?.gzipped).toBeLessThan(30_000);
});

const small = ["example of its README", "decodeSymbols", "encodeSymbols"];
test.each(small)("huffman's %s takes less than 8 KB, its WebAssembly included", (name) => {
  const found = sizes.find(({ bundle }) => bundle === `huffman: ${name}`);
  expect(found?.gzipped).toBeLessThan(8000);
});
