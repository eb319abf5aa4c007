import { readFileSync } from "node:fs";
import * as exported from "@deep-compression/loader";
import { expect, test } from "vitest";

const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

test("the example of the README is readme-example.ts, and it runs", async () => {
  expect(textOf("../README.md")).toContain(`\`\`\`ts\n${textOf("./readme-example.ts")}\`\`\``);
  await import("./readme-example");
});

test("the README names every export", () => {
  const readme = textOf("../README.md");
  for (const name of Object.keys(exported)) expect(readme).toMatch(new RegExp(`\`${name}[\`(]`));
});
