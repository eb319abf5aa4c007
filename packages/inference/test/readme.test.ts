import { readFileSync } from "node:fs";
import * as inference from "@deep-compression/inference";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the README's example runs, and is that of readme-example.ts", async () => {
  await import("./readme-example");
  expect(readme).toContain(readFileSync(new URL("./readme-example.ts", import.meta.url), "utf8"));
});

test("the README names every export", () => {
  for (const name of Object.keys(inference)) expect(readme).toContain(`\`${name}`);
  expect(readme).toContain(`${inference.SUPPORTED_OPERATORS.length} of ONNX's operators`);
});
