// Packs every public package and looks at what is in each tarball; then installs them into a bare project and uses them there
// as somebody does who has no checkout: each entry point imported, its types compiled, the command run by npx.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const packages = readdirSync("packages")
  .map((folder) => ({
    folder: join("packages", folder),
    manifest: JSON.parse(readFileSync(join("packages", folder, "package.json"), "utf8")),
  }))
  .filter(({ manifest }) => !manifest.private);

/** Every file that a package.json names: targets of exports under each condition, and commands. */
const namedFiles = (value) =>
  typeof value === "string" ? [posix.normalize(value)] : Object.values(value ?? {}).flatMap(namedFiles);

/** Files that packed files point at by a relative path: sources of source maps, imports of sources. */
function pointedAt(folder, file) {
  const from = (path) => posix.join(posix.dirname(file), path);
  if (file.endsWith(".map"))
    return JSON.parse(readFileSync(join(folder, file), "utf8")).sources.map((path) => [from(path)]);
  if (!file.startsWith("src/")) return [];
  const imports = readFileSync(join(folder, file), "utf8").matchAll(
    /^(?:import|export)\b(?:[^;"']*\bfrom)?\s*["'](\.[^"']+)["'];/gm,
  );
  return Array.from(imports, ([, path]) => ["", ".ts", ".tsx"].map((extension) => from(path) + extension));
}

function checkFiles(folder, manifest, files) {
  const missing = ["LICENSE", "README.md", ...namedFiles([manifest.exports, manifest.bin])].filter(
    (file) => !files.has(file),
  );
  assert.deepEqual(missing, [], `${manifest.name}: not in its tarball`);
  for (const file of files) {
    const lost = pointedAt(folder, file).filter((paths) => !paths.some((path) => files.has(path)));
    assert.deepEqual(lost, [], `${manifest.name}: ${file} points at what is not in its tarball`);
  }
}

for (const { folder } of packages) run("npx", ["publint", "--strict", folder], ".");
console.log(`publint: ${packages.length} packages, nothing to complain of`);

const project = mkdtempSync(join(tmpdir(), "deep-compression-pack-"));
try {
  const tarballs = packages.map(({ folder, manifest }) => {
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", project, `./${folder}`];
    const [{ filename, files }] = JSON.parse(run("npm", args, "."));
    checkFiles(folder, manifest, new Set(files.map(({ path }) => path)));
    return `./${filename}`;
  });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "bare", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...tarballs, "fast-check@4"], project);

  const entries = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((key) => key !== "./package.json")
      .map((key) => manifest.name + key.slice(1)),
  );
  const imports = entries.map((entry, i) => `import * as entry${i} from "${entry}";\n`).join("");
  const names = entries.map((_, i) => `entry${i}`).join(", ");
  writeFileSync(join(project, "check.mts"), `${imports}export const entries = [${names}];\n`);
  writeFileSync(
    join(project, "check.mjs"),
    `${imports}[${names}].forEach((entry, i) => {
      if (Object.keys(entry).length === 0) throw new Error("entry point " + i + " exports nothing");
    });`,
  );
  run("node", ["check.mjs"], project);
  const types = ["--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom", "--types", "node"];
  const typeRoots = ["--typeRoots", resolve("node_modules/@types")];
  run(
    process.execPath,
    [resolve("node_modules/typescript/bin/tsc"), "--noEmit", "--strict", ...types, ...typeRoots, "check.mts"],
    project,
  );
  console.log(`packed: ${entries.length} entry points import and type-check in a bare project`);

  const model = `import { writeFileSync } from "node:fs";
    import { writeSafetensors } from "@deep-compression/model-io";
    import { floatTensor } from "@deep-compression/network";
    const values = Float32Array.from({ length: 6400 }, (_, i) => Math.sin(i * i));
    writeFileSync("model.safetensors", writeSafetensors({ tensors: [floatTensor("w", [80, 80], values)] }));`;
  run("node", ["--input-type=module", "-e", model], project);
  const command = (...args) => run("npx", ["--no", "--", "@deep-compression/cli", ...args], project);
  command("compress", "model.safetensors", "-o", "model.dcz", "--sparsity", "0.9", "--bits", "5");
  command("verify", "model.dcz");
  const version = command("--version").trim();
  assert.equal(run("npx", ["--no", "--", "deep-compression", "--version"], ".").trim(), version, "npx in the checkout");
  console.log(`npx @deep-compression/cli compresses and verifies in a bare project: version ${version}`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
