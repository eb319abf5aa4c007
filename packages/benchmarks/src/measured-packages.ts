import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Whether this process takes our packages from their sources, as tests do, and not as they were built. What users run is what was built:
 * from sources the loader also names each function when it is made, which alone slows small networks by a fifth.
 */
const isFromSource = !import.meta.resolve("@deep-compression/bits").includes("/dist/");

/** What Node is given so that a process of its own takes the packages as this one does. */
export const PACKAGE_FLAGS: readonly string[] = isFromSource ? ["--conditions=@deep-compression/source"] : [];

/** The name of a package that would be measured, but was changed after it was built; undefined if there is none. */
export async function staleBuild(): Promise<string | undefined> {
  if (isFromSource) return undefined;
  for (const name of await readdir(PACKAGES)) {
    if (name === "benchmarks") continue; // runs from its sources, as this file does
    const [built, changed] = await Promise.all([
      newest(join(PACKAGES, name, "dist")),
      newest(join(PACKAGES, name, "src")),
    ]);
    if (built !== undefined && changed !== undefined && changed > built) return name;
  }
  return undefined;
}

/** When the latest file of a folder was written, in milliseconds; undefined where there is none. */
async function newest(folder: string): Promise<number | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return times.length === 0 ? undefined : Math.max(...times);
}
