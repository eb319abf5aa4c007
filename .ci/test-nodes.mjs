// Runs the suite on other versions of Node than the one that runs this. Their binaries come from the npm registry when they
// are first asked for, into out/nodes. Arguments that are numbers pick versions, all others go to vitest.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";

const VERSIONS = ["22", "24", "26"];

const args = process.argv.slice(2);
const isVersion = (arg) => /^\d+$/.test(arg);
const picked = args.filter(isVersion);
const forVitest = args.filter((arg) => !isVersion(arg));

const system = process.platform === "win32" ? "win" : process.platform;
const name = `node-${system}-${process.arch}`;

/** The path of a version's binary, which is installed if it is not there. */
function binaryOf(version) {
  const folder = resolve("out/nodes", version);
  const binary = resolve(folder, "node_modules", name, "bin", system === "win" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const options = ["--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", ...options, `${name}@${version}`], { stdio: "inherit" });
  }
  return binary;
}

const failed = (picked.length > 0 ? picked : VERSIONS).filter((version) => {
  const binary = binaryOf(version);
  console.log(`\n== Node ${execFileSync(binary, ["--version"], { encoding: "utf8" }).trim()}`);
  const env = { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH}` };
  const { status } = spawnSync(binary, ["node_modules/vitest/vitest.mjs", "run", ...forVitest], {
    env,
    stdio: "inherit",
  });
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`\nthe suite fails on Node ${failed.join(", ")}`);
  process.exit(1);
}
