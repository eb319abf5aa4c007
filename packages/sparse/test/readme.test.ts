import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromGaps, fromMask, fromRows } from "./browser-example";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function shown(file: string): boolean {
  return readme.includes(`\`\`\`ts\n${readFileSync(new URL(file, import.meta.url), "utf8")}\`\`\``);
}

test("the README's first example is readme-example.ts, and it runs", async () => {
  expect(shown("./readme-example.ts")).toBe(true);
  await import("./readme-example");
});

test("the README's example for browsers is browser-example.ts, and each form gives the weights back", () => {
  expect(shown("./browser-example.ts")).toBe(true);
  const weights = Float32Array.from([0, 3.5, 0, 0, 0, -1, 0, 0, 0, 0.25, 0, 0]);
  expect([fromGaps, fromMask, fromRows]).toEqual([weights, weights, weights]);
});
