import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

test("the example of the README is readme-example.ts, and it runs", async () => {
  expect(textOf("../README.md")).toContain(`\`\`\`ts\n${textOf("./readme-example.ts")}\`\`\``);
  await import("./readme-example");
});
