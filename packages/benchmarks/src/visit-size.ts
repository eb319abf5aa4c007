import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import type { BundleSize } from "./bundle-size";

/** A part that a page downloads when it is needed: the module that `import()` names. "": what it downloads at first. */
export type PartName = string;

/** Bytes of the parts of lines that a bundler splits at `import()`, each file minified and packed by itself. */
export interface SplitBundle {
  /** What the last of some parts adds to the ones before it. @throws RangeError for a part that there is not */
  added(parts: readonly PartName[]): BundleSize;
}

/** Splits lines of TypeScript and all that they import into files, as pages load them. */
export async function splitBundle(contents: string, folder: string): Promise<SplitBundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder, sourcefile: "page.ts", loader: "ts" },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: "out",
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: ["@deep-compression/source"],
    logLevel: "silent",
  });
  const { outputs } = metafile;
  const fileOf = (part: PartName) => {
    const found = Object.keys(outputs).find((file) => isPart(outputs[file]!, part));
    if (found === undefined) throw new RangeError(`part: expected a module that is imported when needed, got ${part}`);
    return found;
  };
  const sizeOf = (file: string): BundleSize => {
    const found = outputFiles.find(({ path }) => basename(path) === basename(file))!;
    return { minified: found.contents.length, gzipped: gzipSync(found.contents, { level: 9 }).length };
  };
  return {
    added(parts) {
      const known = new Set(parts.slice(0, -1).flatMap((part) => withImports(outputs, fileOf(part))));
      const files = withImports(outputs, fileOf(parts.at(-1)!)).filter((file) => !known.has(file));
      return total(files.map(sizeOf));
    },
  };
}

/** What several sizes come to. */
export function total(sizes: readonly BundleSize[]): BundleSize {
  const sum = (size: keyof BundleSize) => sizes.reduce((bytes, one) => bytes + one[size], 0);
  return { minified: sum("minified"), gzipped: sum("gzipped") };
}

function isPart({ entryPoint }: Metafile["outputs"][string], part: PartName): boolean {
  return entryPoint !== undefined && basename(entryPoint) === `${part || "page"}.ts`;
}

/** A file and all that it imports at once. */
function withImports(outputs: Metafile["outputs"], file: string): readonly string[] {
  const files = new Set([file]);
  for (const one of files)
    for (const { path, kind } of outputs[one]!.imports) if (kind === "import-statement") files.add(path);
  return [...files];
}
