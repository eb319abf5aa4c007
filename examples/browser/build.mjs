// Bundles the page with esbuild and makes it a file to load: out/examples/browser, for any server of static files.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { lenet300100 } from "@deep-compression/network";
import { compress } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { initialize } from "@deep-compression/training";
import { build } from "esbuild";

const out = "out/examples/browser";
mkdirSync(out, { recursive: true });
await build({
  entryPoints: ["examples/browser/page.ts"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: out,
});
copyFileSync("examples/browser/index.html", `${out}/index.html`);
const network = initialize(lenet300100, { random: seededRandom(1) });
const { bytes } = compress(network, { default: {}, tensors: { "*.weight": { sparsity: 0.9, share: { size: 31 } } } });
writeFileSync(`${out}/model.dcz`, bytes);
console.log(`${out}: npx vite preview --outDir ${out} shows it`);
