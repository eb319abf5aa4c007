import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the README's example is readme-example.ts, and it runs", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = readFileSync(new URL("./readme-example.ts", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  await import("./readme-example");
});
