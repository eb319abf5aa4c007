// The example of README.md, line by line.

import { expect, test } from "vitest";
import { caseText, fuzz } from "../src/index";

test("the example of the README runs", async () => {
  const { tallies, failures } = await fuzz({ seed: 1, runs: 100 });
  expect(tallies.container.cases).toBeGreaterThan(50);
  expect(failures.map(({ input }) => caseText(input))).toEqual([]);
});
