import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

test("the README's example is readme-example.ts, and it prints what it says", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = readFileSync(new URL("./readme-example.ts", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await import("./readme-example");
  expect(log.mock.calls).toEqual([[0, 16]]);
  expect(example).toMatch(/\/\/ 0 16\n$/);
  log.mockRestore();
});
