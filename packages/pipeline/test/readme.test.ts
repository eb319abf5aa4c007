import { readFileSync } from "node:fs";
import { bytesSource } from "@deep-compression/container";
import { floatTensor } from "@deep-compression/network";
import { compress, decompress } from "@deep-compression/pipeline";
import { expect, test } from "vitest";

test("the example of the README runs", async () => {
  const weights = Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i) ** 9);
  const network = { graph: undefined, tensors: [floatTensor("w", [30, 40], weights)] };
  const { bytes, ledger } = compress(network, { default: { sparsity: 0.9, share: { size: 16 } } });
  const { tensors } = await decompress(bytesSource(bytes));
  const shown = `${bytes.length} ${ledger.rows[0].form} ${ledger.rows[0].kept} [ ${tensors[0].shape.join(", ")} ]`;
  expect(shown).toBe("231 gaps 120 [ 30, 40 ]");
});

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

function exampleOf(markdown: string): string {
  return /```ts\n([\s\S]*?)```/.exec(markdown)?.[1] ?? "";
}

test("the example above is the README's, line by line", () => {
  const lines = exampleOf(textOf("../README.md")).split("\n");
  const own = textOf("./readme.test.ts");
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines.filter((text) => !text.startsWith("console.log"))) expect(own).toContain(line.trim());
  expect(lines.at(-2)).toMatch(/\/\/ 231 gaps 120 \[ 30, 40 \]$/);
});

test("the example of docs/codecs.md is the test codecs-example.test.ts", () => {
  expect(exampleOf(textOf("../../../docs/codecs.md"))).toBe(textOf("./codecs-example.test.ts"));
});

test("the worked example of docs/format.md is the vector, byte by byte", () => {
  const section = textOf("../../../docs/format.md").split("## 8. Worked example")[1].split("## 9.")[0];
  const rows = [...section.matchAll(/^\| (\d+) \| `([0-9a-f ]+)` \|/gm)];
  const hex = rows.flatMap(([, , bytes]) => bytes.split(" "));
  const vector = readFileSync(new URL("../../../test-vectors/container/valid/py-worked-example.dcz", import.meta.url));
  expect(hex.join("")).toBe(vector.toString("hex"));
  let offset = 0;
  for (const [, at, bytes] of rows) {
    expect(Number(at)).toBe(offset);
    offset += bytes.split(" ").length;
  }
});
