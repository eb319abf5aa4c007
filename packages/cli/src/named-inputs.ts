import { existsSync } from "node:fs";
import { quoted, quotedList } from "@deep-compression/runtime";

/** Collects the values of an option that is given once for each input. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/**
 * The file of each input or output that is given, as `x.npy` for the first or `name=x.npy`.
 *
 * @param inputs of the network, in its order, or its outputs
 * @throws Error for a name that no input has, or an input given twice
 */
export function inputPaths(
  inputs: readonly { readonly name: string }[],
  texts: readonly string[],
  what: "input" | "output" = "input",
): ReadonlyMap<string, string> {
  const names = inputs.map(({ name }) => name);
  const paths = new Map<string, string>();
  for (const text of texts) {
    const { name, path } = namedFile(names, text, what);
    if (paths.has(name))
      throw new Error(`${what} ${quoted(name)} is given twice; give each ${what} once, as name=x.npy`);
    paths.set(name, path);
  }
  return paths;
}

/**
 * The texts of {@link inputPaths} in sets: one that names an input again begins the next, such as inputs for another sampling rate.
 *
 * @throws Error for a name that no input has
 */
export function inputSets(
  inputs: readonly { readonly name: string }[],
  texts: readonly string[],
): readonly (readonly string[])[] {
  const names = inputs.map(({ name }) => name);
  const sets: string[][] = [];
  let given = new Set<string>();
  for (const text of texts) {
    const { name } = namedFile(names, text, "input");
    if (sets.length === 0 || given.has(name)) {
      sets.push([]);
      given = new Set();
    }
    given.add(name);
    sets.at(-1)!.push(text);
  }
  return sets;
}

/** `name=path` for a name that the graph has, the longest that fits; otherwise a path, for the first. */
function namedFile(
  names: readonly string[],
  text: string,
  what: "input" | "output",
): { readonly name: string; readonly path: string } {
  const [name] = names.filter((known) => text.startsWith(`${known}=`)).sort((a, b) => b.length - a.length);
  if (name !== undefined) return { name, path: text.slice(name.length + 1) };
  if (text.includes("=") && !existsSync(text)) {
    const known = quotedList(names);
    throw new Error(
      `no ${what} of the network, and no file, is named as in ${quoted(text)}; its ${what}s are ${known}`,
    );
  }
  return { name: names[0] ?? "", path: text };
}
