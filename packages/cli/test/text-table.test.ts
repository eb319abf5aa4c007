import { expect, test } from "vitest";
import { textTable } from "../src/text-table";

test("a table has a line between rows, names to the left and numbers to the right", () => {
  const rows = [
    ["conv1", "1,234"],
    ["全连接", "5"],
    ["é", ""],
  ];
  expect(textTable(["tensor", "bytes"], rows)).toBe(`┌────────┬───────┐
│ tensor │ bytes │
├────────┼───────┤
│ conv1  │ 1,234 │
├────────┼───────┤
│ 全连接 │     5 │
├────────┼───────┤
│ é      │       │
└────────┴───────┘
`);
});

test("a table of no rows is its head", () => {
  expect(textTable(["a"], [])).toBe("┌───┐\n│ a │\n└───┘\n");
});
