import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bitsAWeight, restored } from "./browser-example";

function readme(): string {
  return readFileSync(new URL("../README.md", import.meta.url), "utf8");
}

test("the README's examples are readme-example.ts and browser-example.ts, and they run", async () => {
  for (const name of ["readme-example", "browser-example"]) {
    const example = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
    expect(readme()).toContain(`\`\`\`ts\n${example}\`\`\``);
  }
  await import("./readme-example");
});

test("the standalone example spends more bits where a bit is worth less error", () => {
  expect(bitsAWeight[1]).toBeGreaterThan(bitsAWeight[0] + 2);
  expect(new Set(restored).size).toBeLessThanOrEqual(256);
});
