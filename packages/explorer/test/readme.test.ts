import { readFileSync } from "node:fs";
import * as exported from "@deep-compression/explorer";
import { expect, test } from "vitest";

test("the README names every export", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const name of Object.keys(exported)) expect(readme).toMatch(new RegExp(`\`${name}[\`(]`));
});
