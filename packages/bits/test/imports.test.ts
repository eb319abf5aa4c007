import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** The table of docs/architecture.md: which of our packages each one may import. */
const codecs = ["runtime", "bits", "sparse", "codebook", "huffman"];
const libraries = [
  ...codecs,
  "kernels",
  "context-coding",
  "tensor-codec",
  "rate-control",
  "calibration",
  "container",
  "network",
  "inference",
  "training",
  "model-io",
  "network-calibration",
  "pipeline",
  "loader",
];
const table: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  bits: ["runtime"],
  sparse: ["runtime", "bits"],
  codebook: ["runtime", "bits"],
  huffman: ["runtime", "bits"],
  "context-coding": ["runtime", "bits"],
  kernels: ["runtime"],
  "tensor-codec": [...codecs, "context-coding"],
  "rate-control": codecs,
  calibration: ["runtime", "bits", "codebook", "kernels"],
  container: ["runtime", "bits", "context-coding"],
  network: ["runtime", "bits"],
  inference: ["runtime", "bits", "network", "tensor-codec"],
  training: ["runtime", "bits", "network", "sparse", "codebook"],
  "model-io": ["runtime", "bits", "network"],
  "network-calibration": ["runtime", "bits", "codebook", "rate-control", "calibration", "network"],
  pipeline: [...codecs, "tensor-codec", "rate-control", "container", "network", "model-io"],
  loader: ["runtime", "bits", "container", "model-io", "pipeline"],
  experiments: libraries,
  explorer: ["runtime", "bits", "network", "inference", "pipeline"],
  cli: [
    "runtime",
    "bits",
    "container",
    "network",
    "pipeline",
    "inference",
    "training",
    "model-io",
    "network-calibration",
    "explorer",
    "experiments",
  ],
  benchmarks: [...libraries, "experiments"],
  site: ["bits", "network", "inference", "model-io", "pipeline"],
  fuzz: [...codecs, "context-coding", "tensor-codec", "container", "network", "pipeline"],
};
/** Imports of a package that its users may go without. */
const optionalPeers: Readonly<Record<string, readonly string[]>> = { cli: ["experiments"] };

const scope = "@deep-compression/";
const packagesFolder = new URL("../../", import.meta.url);
const folders = readdirSync(packagesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(new URL(`${folder}/package.json`, packagesFolder), "utf8"));
}

/** Our own packages among names or module specifiers; a subpath such as x/arbitraries counts as x. */
function ours(specifiers: readonly string[]): string[] {
  const own = specifiers.filter((specifier) => specifier.startsWith(scope));
  return [...new Set(own.map((specifier) => specifier.slice(scope.length).split("/")[0]))].sort();
}

/** Specifiers of import and export declarations, of imports for their effect, and of dynamic imports. */
function importedBy(source: string): string[] {
  const declarations = /\b(?:import|export)\b[^;"'`()]*?\bfrom\s*["']([^"']+)["']/g;
  const effects = /\bimport\s*["']([^"']+)["']/g;
  const dynamic = /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;
  return [declarations, effects, dynamic].flatMap((pattern) =>
    Array.from(source.matchAll(pattern), (match) => match[1]),
  );
}

function sourcesOf(folder: string): string[] {
  const source = new URL(`${folder}/src/`, packagesFolder);
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => fileURLToPath(new URL(file, source)));
}

/** The files of a folder that reach themselves by relative imports, those of types included, each with the way round. */
function circlesOf(files: readonly string[]): string[] {
  const known = new Map(files.map((file) => [file.replace(/\.tsx?$/, ""), file]));
  const imports = new Map(
    files.map((file) => {
      const relative = importedBy(readFileSync(file, "utf8")).filter((specifier) => specifier.startsWith("."));
      return [file, relative.flatMap((specifier) => known.get(join(dirname(file), specifier)) ?? [])];
    }),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (file: string, path: readonly string[]): void => {
    if (path.includes(file))
      circles.push([...path.slice(path.indexOf(file)), file].map((p) => basename(p)).join(" > "));
    if (path.includes(file) || done.has(file)) return;
    for (const next of imports.get(file) ?? []) follow(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) follow(file, []);
  return circles;
}

describe("imports between packages", () => {
  test("are tabled for every package there is, under its folder's name", () => {
    expect(folders.toSorted()).toEqual(Object.keys(table).toSorted());
    for (const folder of folders) expect(manifestOf(folder).name).toBe(scope + folder);
  });

  test("are found in every form that a source can have", () => {
    const source = `
      import a from "a"; import * as b from 'b'; import type { C } from "c"; import {
        d,
      } from "d"; export * from "e"; export { type F, f } from "f"; import "g"; const h = await import("h");
      export const text = "import x from y"; function from() {} from("i"); import j, { type J } from "j"`;
    expect(importedBy(source).sort()).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "j"]);
    expect(ours([`${scope}x/arbitraries`, `${scope}x`, "fast-check"])).toEqual(["x"]);
  });

  describe.each(folders)("of %s", (folder) => {
    const manifest = manifestOf(folder);
    const allowed = table[folder] ?? [];
    const peers = ours(Object.keys(manifest.peerDependencies ?? {}));

    test("that package.json declares stand in the table", () => {
      const { dependencies, devDependencies, optionalDependencies } = manifest;
      const declared = [dependencies, devDependencies, optionalDependencies].flatMap((names) =>
        ours(Object.keys(names ?? {})),
      );
      expect([...declared, ...peers].filter((name) => !allowed.includes(name))).toEqual([]);
      expect(peers).toEqual(optionalPeers[folder] ?? []);
      for (const peer of peers) expect(manifest.peerDependenciesMeta?.[scope + peer]?.optional).toBe(true);
    });

    test("that the sources make stand in the table and in package.json", () => {
      const declared = [...ours(Object.keys(manifest.dependencies ?? {})), ...peers];
      for (const file of sourcesOf(folder)) {
        const source = readFileSync(file, "utf8");
        const imported = ours(importedBy(source));
        expect(
          imported.filter((name) => !allowed.includes(name) || !declared.includes(name)),
          file,
        ).toEqual([]);
      }
    });

    test("has no circles of imports between files", () => {
      expect(circlesOf(sourcesOf(folder))).toEqual([]);
    });
  });
});
