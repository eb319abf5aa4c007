import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { byteCoding } from "@deep-compression/context-coding";
import { expect, test } from "vitest";
import { squash } from "../src/logistic";
import { back, byteLength } from "./browser-example";
import { mixedLength, textBack, textLength } from "./bytes-example";
import { coded, read } from "./coder-example";

const format = readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function shown(file: string): boolean {
  return readme.includes(`\`\`\`ts\n${readFileSync(new URL(file, import.meta.url), "utf8")}\`\`\``);
}

test("the README's example is browser-example.ts, and says what it does", () => {
  expect(shown("./browser-example.ts")).toBe(true);
  expect(readme).toContain(`// ${byteLength} of them\n`);
  expect(Array.from(back)).toEqual([
    ...[0, 2, 0, 1, 3, 1, 0, 2, 0],
    ...[0, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[-1, 0, 1, -2, 0, 2, -1, 0, 1],
  ]);
});

test("the README's example of the coder alone is coder-example.ts, and says what it does", () => {
  expect(shown("./coder-example.ts")).toBe(true);
  expect(readme).toContain(`// ${coded.length} bytes\n`);
  expect(read).toEqual(Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 1 : 0)));
});

test("the README's example of bytes is bytes-example.ts, and says what it does", () => {
  expect(shown("./bytes-example.ts")).toBe(true);
  expect(readme).toContain(`// ${textLength} bytes\n`);
  const deflated = deflateRawSync(textBack, { level: 9 }).length;
  expect(readme).toContain(`// ${mixedLength} of them; deflate leaves ${deflated}\n`);
  expect(new TextDecoder().decode(textBack).split("\n")[49]).toBe("features.49.conv.weight");
});

test("docs/format.md's example of mixed bytes is what the codec makes", () => {
  const bytes = new TextEncoder().encode("conv1.conv2.conv3.co");
  const stream = Buffer.from(byteCoding({ length: bytes.length }).encode(bytes));
  expect(format).toContain(`take ${stream.length}: \`${stream.toString("hex").replace(/..(?!$)/g, "$& ")}\`.`);
});

test("docs/format.md prints the knots of the logistic function, which are those of the exponential function", () => {
  const [, printed = ""] = /```\n(32768 [\d\s]+)```/.exec(format) ?? [];
  const knots = printed.trim().split(/\s+/).map(Number);
  expect(knots).toHaveLength(49);
  expect(knots).toEqual(knots.map((_, i) => Math.round(65536 / (1 + Math.exp(-i / 4)))));
  expect(knots.slice(0, 48)).toEqual(knots.slice(0, 48).map((_, i) => squash(64 * i)));
});
