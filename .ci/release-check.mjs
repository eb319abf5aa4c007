// What must hold of a commit before its packages are published, besides .ci/run (docs/releasing.md).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const { version } = JSON.parse(readFileSync("lerna.json", "utf8"));

assert.equal(git("status", "--porcelain"), "", "everything is committed");
assert.ok(git("tag", "--points-at", "HEAD").split("\n").includes(`v${version}`), `this commit has the tag v${version}`);
const dated = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d$`, "m");
assert.match(readFileSync("CHANGELOG.md", "utf8"), dated, `CHANGELOG.md says when ${version} was released`);
for (const folder of readdirSync("packages")) {
  const manifest = JSON.parse(readFileSync(`packages/${folder}/package.json`, "utf8"));
  assert.equal(manifest.version, version, `${manifest.name} has the version of lerna.json`);
}
for (const script of ["api:check", "test:pack"]) execFileSync("npm", ["run", script], { stdio: "inherit" });
console.log(`${version} can be published`);
