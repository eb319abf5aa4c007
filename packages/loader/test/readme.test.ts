import { readFileSync } from "node:fs";
import * as exported from "@deep-compression/loader";
import * as onnx from "@deep-compression/loader/onnx";
import * as tensorflow from "@deep-compression/loader/tensorflow";
import * as transformers from "@deep-compression/loader/transformers";
import { expect, test } from "vitest";

const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

test("the example of the README is readme-example.ts, and it runs", async () => {
  expect(textOf("../README.md")).toContain(`\`\`\`ts\n${textOf("./readme-example.ts")}\`\`\``);
  await import("./readme-example");
});

test("the README names every export", () => {
  const readme = textOf("../README.md");
  for (const name of Object.keys({ ...exported, ...onnx, ...tensorflow, ...transformers }))
    expect(readme).toMatch(new RegExp(`\`${name}[\`(]`));
});
