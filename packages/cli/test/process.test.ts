// The command as a process: each start costs about a second, so that only what needs a process is here.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import packageJson from "../package.json";
import { call, smallNetwork, temporaryFolder, writeArray, writeModelFile } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const root = join(import.meta.dirname, "..");
const fromSource = process.env.DEEP_COMPRESSION_TEST !== "dist";
const sourceFlags = ["--import", "tsx", ...(fromSource ? ["--conditions=@deep-compression/source"] : [])];
const command = fromSource ? [...sourceFlags, join(root, "src/main.ts")] : [join(root, "dist/main.js")];

function start(args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, DEBUG: "" } });
  let [out, error] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  const ended = new Promise<{ code: number | null; out: string; error: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, out, error }));
  });
  return { child, ended };
}

it("is a command: version on stdout, exit codes 0, 1 and 2, errors in one line on stderr", async () => {
  const [version, failed, wrong] = await Promise.all(
    [["--version"], ["verify", at("none.dcz")], ["verify"]].map((args) => start([...command, ...args]).ended),
  );
  expect(version).toEqual({ code: 0, out: `${packageJson.version}\n`, error: "" });
  expect(failed).toEqual({
    code: 1,
    out: "",
    error: `deep-compression: cannot read "${at("none.dcz")}": no such file; check the path\n`,
  });
  expect(wrong).toEqual({
    code: 2,
    out: "",
    error: "deep-compression: missing required argument 'file'; see deep-compression --help\n",
  });
});

it("ends quietly when its reader closes the pipe", async () => {
  await writeModelFile(at("small.onnx"), smallNetwork());
  await call(["compress", at("small.onnx"), "-o", at("small.dcz"), "--sparsity", "0"]);
  await writeArray(at("many.npy"), [50_000, 3], new Array(150_000).fill(1));
  const { child, ended } = start([...command, "run", at("small.dcz"), "--input", at("many.npy"), "--json"]);
  child.stdout.destroy();
  expect(await ended).toMatchObject({ code: 0, error: "" });
});

it("an interrupt while a file is written leaves the older file and nothing else", async () => {
  await writeFile(at("out.dcz"), "older");
  const before = await readdir(folder);
  const module = JSON.stringify(pathToFileURL(join(root, "src/output-file.ts")).href);
  const script = `const { writeWhole } = await import(${module}); await writeWhole(${JSON.stringify(at("out.dcz"))}, new Uint8Array(2 ** 28));`;
  const { child, ended } = start([...sourceFlags, "--input-type=module", "-e", script]);
  const part = at(`.out.dcz.${child.pid}.part`);
  while (!existsSync(part) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill("SIGINT");
  expect(await ended).toEqual({ code: 130, out: "", error: "" });
  expect(await readdir(folder)).toEqual(before);
  expect(await readFile(at("out.dcz"), "utf8")).toBe("older");
});
