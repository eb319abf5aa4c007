import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { assertWritable, writeWhole } from "../src/output-file";
import { temporaryFolder } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

it("writes a new file, over an older one, and through a link, and nothing beside it", async () => {
  await writeWhole(at("a"), Uint8Array.of(1));
  await writeWhole(at("a"), Uint8Array.of(2, 3));
  await symlink(at("a"), at("link"));
  await writeWhole(at("link"), Uint8Array.of(4));
  expect([...(await readFile(at("a")))]).toEqual([4]);
  expect((await readdir(folder)).sort()).toEqual(["a", "link"]);
});

it("a write that fails leaves no temporary file", async () => {
  const before = (await readdir(folder)).sort();
  const written = writeWhole(at("b"), new Uint8Array(2 ** 26));
  while (!existsSync(at(`.b.${process.pid}.part`))) await new Promise((resolve) => setImmediate(resolve));
  // A folder that takes the name meanwhile: the rename fails.
  await mkdir(at("b"));
  await expect(written).rejects.toThrow(/^cannot write ".*\/b": it is a folder; name a file$/);
  expect((await readdir(folder)).sort()).toEqual([...before, "b"].sort());
});

it("refuses what is no plain file", async () => {
  await expect(assertWritable("/dev/null")).rejects.toThrow("it is no plain file; name a file");
  await expect(assertWritable(folder)).rejects.toThrow("it is a folder; name a file");
});
