import { expect, it } from "vitest";
import { textTable } from "../src/terminal";

it("a table has its first column to the left, the others to the right, and room for wide letters and marks", () => {
  const rows = [
    ["a", "1,000"],
    ["重み", "2"],
    ["e\u0301t", ""],
  ];
  expect(textTable(["tensor", "n"], rows)).toBe(`┌────────┬───────┐
│ tensor │     n │
├────────┼───────┤
│ a      │ 1,000 │
│ 重み   │     2 │
│ e\u0301t     │       │
└────────┴───────┘
`);
});
