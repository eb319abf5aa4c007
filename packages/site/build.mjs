// Builds the site into a folder, for any server of static files: `node packages/site/build.mjs out/site`. `npm run site` makes the API
// documentation first, which is copied from out/docs.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildPage } from "../explorer/page/build.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @param folder where the site goes @param docs the API documentation, if it is to be there */
export async function buildSite(folder, docs) {
  const digits = join(folder, "digits");
  await mkdir(digits, { recursive: true });
  await buildPage(join(folder, "explorer"));
  const { outputFiles } = await build({
    entryPoints: [here("src/page/main.tsx")],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    platform: "browser",
    conditions: ["@deep-compression/source"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none", // explorer/licences.txt has them
    write: false,
  });
  await writeFile(join(digits, "digits.js"), outputFiles[0].contents);
  await cp(here("pages/digits.html"), join(digits, "index.html"));
  for (const name of ["digits.css", "lenet-300-100.dcz"]) await cp(here(`pages/${name}`), join(digits, name));
  await cp(here("pages/index.html"), join(folder, "index.html"));
  if (docs !== undefined) await cp(docs, join(folder, "api"), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? "out/site");
  await buildSite(folder, resolve("out/docs"));
  console.log(`${folder}: npx vite preview --outDir ${process.argv[2] ?? "out/site"} shows it`);
}
