// Packs every public package, installs the tarballs into a bare project, and imports each from there.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const packages = readdirSync("packages")
  .map((folder) => ({
    folder: join("packages", folder),
    manifest: JSON.parse(readFileSync(join("packages", folder, "package.json"), "utf8")),
  }))
  .filter(({ manifest }) => !manifest.private);

for (const { folder } of packages) run("npx", ["publint", "--strict", folder], ".");
console.log(`publint: ${packages.length} packages, nothing to complain of`);

const project = mkdtempSync(join(tmpdir(), "deep-compression-pack-"));
try {
  const tarballs = packages.map(({ folder }) => {
    const [{ filename }] = JSON.parse(
      run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project, `./${folder}`], "."),
    );
    return `./${filename}`;
  });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "bare", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...tarballs, "fast-check@4"], project);
  const entries = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports)
      .filter((key) => key !== "./package.json")
      .map((key) => manifest.name + key.slice(1)),
  );
  const check = entries
    .map(
      (entry) =>
        `if (Object.keys(await import(${JSON.stringify(entry)})).length === 0) throw new Error(${JSON.stringify(`${entry} exports nothing`)});`,
    )
    .join("\n");
  writeFileSync(join(project, "check.mjs"), check);
  run("node", ["check.mjs"], project);
  const version = run("npx", ["deep-compression", "--version"], project).trim();
  console.log(`packed: ${entries.length} entry points import in a bare project; deep-compression ${version} runs`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
