import { chmod, mkdir, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { assertWritable, writeAllAtomically, writeAtomically } from "../src/output-file";
import { temporaryFolder } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

it("writes a new file, over an older one, and through a link, and nothing beside it", async () => {
  await writeAtomically(at("a"), Uint8Array.of(1));
  await writeAtomically(at("a"), Uint8Array.of(2, 3));
  await symlink(at("a"), at("link"));
  await writeAtomically(at("link"), Uint8Array.of(4));
  expect([...(await readFile(at("a")))]).toEqual([4]);
  expect((await readdir(folder)).sort()).toEqual(["a", "link"]);
});

it("a write that fails leaves no temporary file", async () => {
  const before = (await readdir(folder)).sort();
  const written = writeAtomically(at("b"), new Uint8Array(2 ** 26));
  while (!(await readdir(folder)).some((name) => name.endsWith(".part"))) await setImmediate();
  // A folder that takes the name meanwhile: the rename fails.
  await mkdir(at("b"));
  await expect(written).rejects.toThrow(/^cannot write ".*\/b": it is a folder; name a file$/);
  expect((await readdir(folder)).sort()).toEqual([...before, "b"].sort());
});

it("of several files none is left if the name of the first or of the last is taken while they are written", async () => {
  for (const taken of ["one", "two"]) {
    const before = (await readdir(folder)).sort();
    const names = ["one", "two", "three"];
    async function* parts() {
      yield Uint8Array.of(1);
      await mkdir(at(taken)); // the rename fails
    }
    const files = names.map((name, i) => ({ path: at(name), content: i === 2 ? parts() : Uint8Array.of(i) }));
    await expect(writeAllAtomically(files)).rejects.toThrow(`cannot write "${at(taken)}": it is a folder; name a file`);
    expect((await readdir(folder)).sort()).toEqual([...before, taken].sort());
    await rm(at(taken), { recursive: true });
  }
});

it("of several files none is left, and an older one stays, if the bytes of the last cannot be made", async () => {
  await writeAtomically(at("one"), Uint8Array.of(9));
  const before = (await readdir(folder)).sort();
  async function* parts() {
    yield Uint8Array.of(1);
    throw new Error("no more bytes");
  }
  const files = [
    { path: at("one"), content: Uint8Array.of(1) },
    { path: at("two"), content: parts() },
  ];
  await expect(writeAllAtomically(files)).rejects.toThrow(`cannot write "${at("two")}": no more bytes`);
  expect((await readdir(folder)).sort()).toEqual(before);
  expect([...(await readFile(at("one")))]).toEqual([9]);
  await rm(at("one"));
});

it("writes through a link that leads nowhere yet, from folder to folder", async () => {
  await mkdir(at("near/far"), { recursive: true });
  await symlink("far/again", at("near/link"));
  await symlink("../new", at("near/far/again"));
  await writeAtomically(at("near/link"), Uint8Array.of(7));
  expect([...(await readFile(at("near/new")))]).toEqual([7]);
  await symlink("gone/new", at("near/lost"));
  await expect(assertWritable(at("near/lost"))).rejects.toThrow(
    /the folder ".*near\/gone" does not exist; make it first/,
  );
  await rm(at("near"), { recursive: true });
});

it("an older file's permissions stay, and hold for the temporary file too", async () => {
  for (const mode of [0o600, 0o666, 0o755]) {
    await writeAtomically(at("kept"), Uint8Array.of(1));
    await chmod(at("kept"), mode);
    const modes: number[] = [];
    const parts = async function* () {
      const [part = ""] = (await readdir(folder)).filter((name) => name.endsWith(".part"));
      modes.push((await stat(at(part))).mode & 0o777);
      yield Uint8Array.of(2);
    };
    await writeAtomically(at("kept"), parts());
    expect([...modes, (await stat(at("kept"))).mode & 0o777]).toEqual([mode, mode]);
  }
  await rm(at("kept"));
});

it("a name as long as a file system takes is written", async () => {
  const name = "n".repeat(255);
  await writeAtomically(at(name), Uint8Array.of(1));
  expect([...(await readFile(at(name)))]).toEqual([1]);
  await rm(at(name));
});

it("refuses what is no plain file", async () => {
  await expect(assertWritable("/dev/null")).rejects.toThrow("it is no plain file; name a file");
  await expect(assertWritable(folder)).rejects.toThrow("it is a folder; name a file");
});
