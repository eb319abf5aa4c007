// The command as a process: each start costs about a second, so that only what needs a process is here.
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
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

it("a reader that closes the pipe does not hide that the work failed", async () => {
  const { child, ended } = start([...command, "verify", at("none.dcz")]);
  child.stderr.destroy();
  expect(await ended).toMatchObject({ code: 1, out: "" });
});

it.each(["SIGINT", "SIGTERM"] as const)("explore serves until %s, and ends with exit code 0", async (signal) => {
  await writeModelFile(at("shown.onnx"), smallNetwork());
  await call(["compress", at("shown.onnx"), "-o", at("shown.dcz"), "--sparsity", "0"]);
  const { child, ended } = start([...command, "explore", at("shown.dcz")]);
  let out = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (out.includes("\n")) resolve();
    });
  });
  expect((await fetch(out.trim())).status).toBe(200);
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 0, out, error: expect.stringContaining("Ctrl-C ends it") });
});

it.skipIf(!existsSync("/dev/full"))("an output that takes no more is said in one line, with exit code 1", async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [...command, "--version"], { cwd: root, stdio: ["ignore", full, "pipe"] });
  let error = "";
  child.stderr!.on("data", (chunk) => (error += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  closeSync(full);
  const reason = "the disk is full; free some space";
  expect({ code, error }).toEqual({ code: 1, error: `deep-compression: cannot write the output: ${reason}\n` });
});

const outputFile = JSON.stringify(pathToFileURL(join(root, "src/output-file.ts")).href);

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGQUIT", 131],
] as const)("%s while a file is written leaves the older file and nothing else", async (signal, code) => {
  await writeFile(at("out.dcz"), "older");
  const before = await readdir(folder);
  const script = `const { writeAtomically } = await import(${outputFile});
    async function* endless() {
      for (;;) {
        yield new Uint8Array(2 ** 16);
        await new Promise((next) => setTimeout(next, 1));
      }
    }
    await writeAtomically(${JSON.stringify(at("out.dcz"))}, endless());`;
  const { child, ended } = start([...sourceFlags, "--input-type=module", "-e", script]);
  const isWriting = async () => (await readdir(folder)).some((name) => name.endsWith(".part"));
  while (!(await isWriting()) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill(signal);
  expect(await ended).toEqual({ code, out: "", error: "" });
  expect(await readdir(folder)).toEqual(before);
  expect(await readFile(at("out.dcz"), "utf8")).toBe("older");
});

it("a file that is closed to writing, and one in such a folder behind a link, are refused before any work", async () => {
  await mkdir(at("closed"));
  await writeFile(at("closed.dcz"), "older", { mode: 0o444 });
  await writeFile(at("closed/file.dcz"), "older");
  await chmod(at("closed/file.dcz"), 0o666); // whatever the umask takes: only its folder is closed
  await symlink("closed/file.dcz", at("link.dcz"));
  await chmod(at("closed"), 0o555);
  await chmod(folder, 0o777);
  // Permissions do not bind the superuser: the child becomes somebody else, once it has read the sources, which may lie
  // where only the superuser can enter.
  const script = `const { assertWritable } = await import(${outputFile});
    if (process.getuid?.() === 0) process.setuid(65534);
    for (const path of ${JSON.stringify(["closed.dcz", "link.dcz"].map(at))})
      await assertWritable(path).then(() => console.log("fine"), ({ message }) => console.log(message));`;
  const { ended } = start([...sourceFlags, "--input-type=module", "-e", script]);
  const [file, link, ...rest] = (await ended).out.split("\n");
  for (const [message, name] of [
    [file, "closed.dcz"],
    [link, "link.dcz"],
  ])
    expect(message).toMatch(`cannot write "${at(name)}": permission denied; change its permissions`);
  expect(rest).toEqual([""]);
});
