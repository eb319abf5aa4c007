// Builds the page into the folder that is given: index.html, explorer.js with the worker inside, explorer.css and the licences of
// what is bundled. `node page/build.mjs dist/page`
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const shared = {
  bundle: true,
  minify: true,
  format: "iife", // a page opened from a disk loads no modules
  target: "es2022",
  platform: "browser",
  conditions: ["@deep-compression/source"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none", // licences.txt has them
  metafile: true,
  write: false,
};

/** @param folder where the page goes */
export async function buildPage(folder) {
  const worker = await build({ ...shared, entryPoints: [here("../src/worker/entry.ts")] });
  const page = await build({
    ...shared,
    entryPoints: [here("../src/page/main.tsx")],
    define: { WORKER_SOURCE: JSON.stringify(worker.outputFiles[0].text) },
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "explorer.js"), page.outputFiles[0].contents);
  await writeFile(join(folder, "licences.txt"), await licencesOf([worker.metafile, page.metafile]));
  for (const name of ["index.html", "explorer.css"]) await copyFile(here(name), join(folder, name));
}

/** The licence of every package of others that is in the bundles. */
async function licencesOf(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const files = await Promise.all(
      ["LICENSE", "NOTICE"].map((file) => readFile(join(folder, file), "utf8").catch(() => "")),
    );
    return `${name} ${version} (${license})\n\n${files.filter(Boolean).join("\n").trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage(process.argv[2] ?? here("../dist/page"));
