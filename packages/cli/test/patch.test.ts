import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { floatTensor, type Network } from "@deep-compression/network";
import { compress } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { beforeAll, expect, it } from "vitest";
import { call, temporaryFolder } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const bytesOf = async (name: string) => new Uint8Array(await readFile(at(name)));

/** Three layers of which the second may have its values scaled, which changes no more than its centroids. */
function file(scale: number): Uint8Array {
  const random = seededRandom(3);
  const weights = (rows: number, columns: number, factor: number) =>
    floatTensor(
      "",
      [rows, columns],
      Float32Array.from({ length: rows * columns }, () => factor * Math.round(8 * random())),
    );
  const tensors = [1, scale, 1].map((factor, i) => ({ ...weights(100, 200, factor), name: `layer${i}` }));
  const network: Network = { graph: undefined, tensors };
  return compress(network, { default: { share: "exact" } }).bytes;
}

beforeAll(async () => {
  await writeFile(at("old.dcz"), file(1));
  await writeFile(at("new.dcz"), file(2));
});

it("a patch of changed centroids is small, and makes the new file", async () => {
  const made = await call(["diff", at("old.dcz"), at("new.dcz"), "-o", at("change.dczp")]);
  expect(made).toMatchObject({ code: 0, error: "" });
  const [patch, whole] = [await bytesOf("change.dczp"), await bytesOf("new.dcz")];
  expect(made.out).toContain(`wrote ${at("change.dczp")}: ${patch.length} bytes, `);
  expect(patch.length).toBeLessThan(500);
  expect(whole.length).toBeGreaterThan(20_000);
  expect(await call(["patch", at("old.dcz"), at("change.dczp"), "-o", at("again.dcz")])).toMatchObject({ code: 0 });
  expect(await bytesOf("again.dcz")).toEqual(whole);
});

it("refuses another old file, what is no patch, and to write over an input, each in one line", async () => {
  const failures: readonly (readonly [readonly string[], RegExp])[] = [
    [["patch", at("new.dcz"), at("change.dczp"), "-o", at("x.dcz")], /the patch is for a file of \d+ bytes/],
    [["patch", at("old.dcz"), at("new.dcz"), "-o", at("x.dcz")], /no \.dczp file \[bad-magic/],
    [["patch", at("old.dcz"), at("change.dczp"), "-o", at("old.dcz")], /it is the input; take another name/],
    [["diff", at("old.dcz"), at("change.dczp"), "-o", at("x.dczp")], /change\.dczp": [^\n]*\[bad-magic/],
    [["diff", at("change.dczp"), at("new.dcz"), "-o", at("x.dczp")], /change\.dczp": [^\n]*\[bad-magic/],
    [["diff", at("none.dcz"), at("new.dcz"), "-o", at("x.dczp")], /none\.dcz": no such file/],
  ];
  for (const [args, message] of failures) {
    const { code, error } = await call(args);
    expect(code).toBe(1);
    expect(error).toMatch(message);
    expect(error.trimEnd()).not.toContain("\n");
  }
  expect((await call(["diff", at("old.dcz"), at("new.dcz"), "-o", at("x.txt")])).code).toBe(2);
});
