import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A bundle's bytes, minified, and packed by gzip. */
export interface BundleSize {
  readonly minified: number;
  readonly gzipped: number;
}

export interface BundleOptions {
  /** Where imports of the lines are looked for. */
  readonly folder: string;
  /** A module, as pages load it; or a script that leaves its exports in `bundle`. Default: a module. */
  readonly form?: "module" | "script";
  /** Whether packages are taken as they were built. Default: their sources. */
  readonly isBuilt?: boolean;
}

/** Lines of TypeScript with all that they import, minified, for a browser. Rejects if any of it imports a built-in of Node. */
export async function bundled(
  contents: string,
  { folder, form = "module", isBuilt = false }: BundleOptions,
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    ...(form === "module" ? { format: "esm" } : { format: "iife", globalName: "bundle" }),
    target: "es2022",
    conditions: isBuilt ? [] : ["@deep-compression/source"],
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

/** The bytes of a bundle of the sources. */
export async function bundleSize(contents: string, folder: string): Promise<BundleSize> {
  const script = await bundled(contents, { folder });
  return { minified: Buffer.byteLength(script), gzipped: gzipSync(script, { level: 9 }).length };
}
