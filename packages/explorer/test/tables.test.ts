import { describe, expect, test } from "vitest";
import { byteTree, MOST_BOXES } from "../src/byte-tree";
import { comparedTensors } from "../src/comparison";
import { COLUMNS, type TableRow } from "../src/ledger-columns";
import { bytesText, percentText, shapeText } from "../src/number-text";
import { shortText } from "../src/page/short-text";
import { filteredRows, nextOrder, sortedRows } from "../src/table-order";
import { manyTensors, opened, randomTensor, smallFile, smallNetwork } from "./networks";

async function rowsOf(bytes: Uint8Array): Promise<TableRow[]> {
  const file = await opened(bytes);
  const { rows } = await file.ledger();
  return file.sizes.tensors.map((size, i) => ({ ...size, ledger: rows[i]! }));
}

describe("rows of a table", () => {
  test("are sorted by numbers and by names, where 2 is before 10, and equal ones stay in their order", () => {
    const rows = [{ n: 1 }, { n: 3 }, { n: 2 }];
    expect(sortedRows(rows, ({ n }) => n, "descending").map(({ n }) => n)).toEqual([3, 2, 1]);
    const names = ["layer10", "layer2", "a"];
    expect(sortedRows(names, (name) => name, "ascending")).toEqual(["a", "layer2", "layer10"]);
    const pairs = [["a", 1] as const, ["b", 1] as const];
    expect(sortedRows(pairs, ([, value]) => value, "descending")).toEqual(pairs);
  });

  test("without a value come last, whichever the order", () => {
    const rows = [undefined, 1, 2];
    for (const direction of ["ascending", "descending"] as const)
      expect(sortedRows(rows, (row) => row, direction).at(-1)).toBe(undefined);
  });

  test("are found by every word of a query, whatever the case", () => {
    const rows = ["Conv1.weight float32", "conv1.bias float32", "fc.weight int8"];
    expect(filteredRows(rows, " WEIGHT conv ", (row) => row)).toEqual([rows[0]]);
    expect(filteredRows(rows, "  ", (row) => row)).toBe(rows);
  });

  test("turn round when a column is chosen again", () => {
    const first = nextOrder({ key: "name", direction: "ascending" }, { key: "bytes", isNumber: true });
    expect(first).toEqual({ key: "bytes", direction: "descending" });
    expect(nextOrder(first, { key: "bytes", isNumber: true }).direction).toBe("ascending");
    expect(nextOrder(first, { key: "name", isNumber: false }).direction).toBe("ascending");
  });

  test("tell what the directory does, and a dash for what only the ledger knows", async () => {
    const [row] = await rowsOf(smallFile());
    const { ledger, ...size } = row!;
    const text = (of: TableRow) => Object.fromEntries(COLUMNS.map((column) => [column.key, column.text(of)]));
    expect(text(row!)).toMatchObject({ shape: "8 × 4 × 3 × 3", type: "float32", weights: "288", kept: "25.0 %" });
    expect(text(size)).toMatchObject({ kept: "–", bytes: String(size.bytes) });
  });
});

describe("the boxes of a treemap", () => {
  test("sum to the file, and the parts of a tensor to the tensor", async () => {
    for (const bytes of [smallFile(), manyTensors(500)]) {
      const { sizes } = await opened(bytes);
      const boxes = byteTree(sizes, await rowsOf(bytes));
      expect(boxes.reduce((sum, { value }) => sum + value, 0)).toBe(bytes.length);
      for (const { value, children } of boxes) {
        if (children) expect(children.reduce((sum, part) => sum + part.value, 0)).toBeCloseTo(value);
      }
    }
  });

  test("begin with the largest tensors, and those beyond the most share one", async () => {
    const bytes = manyTensors(500);
    const boxes = byteTree((await opened(bytes)).sizes, await rowsOf(bytes));
    const values = boxes.slice(0, MOST_BOXES).map(({ value }) => value);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(boxes[MOST_BOXES]?.name).toBe("300 smaller tensors");
  });

  test("are whole tensors until the ledger is there", async () => {
    const { sizes } = await opened(smallFile());
    expect(byteTree(sizes, sizes.tensors)[0]).toMatchObject({ name: "fc.weight" });
    expect(byteTree(sizes, sizes.tensors)[0]?.children).toBeUndefined();
  });
});

test("two files are compared by name, with what only one of them has", async () => {
  const network = smallNetwork();
  const { sizes } = await opened(smallFile(network));
  const other = { graph: undefined, tensors: [network.tensors[0]!, randomTensor("new", [3])] };
  const compared = comparedTensors(sizes, (await opened(smallFile(other))).sizes);
  expect(compared.map(({ tensor }) => tensor)).toEqual(["conv.weight", "fc.weight", "fc.bias", "new"]);
  expect(compared[1]).toMatchObject({ difference: -sizes.tensors[1]!.bytes });
  expect(compared[1]?.second).toBeUndefined();
  expect(compared[3]?.first).toBeUndefined();
  expect(compared[3]?.difference).toBeGreaterThan(0);
});

test("numbers are written short", () => {
  expect([0, 999, 1000, 12_345, 999_499, 999_500, 6_931_234, 2e9, -1500].map(bytesText)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "12.3 kB",
    "999 kB",
    "1 MB",
    "6.93 MB",
    "2 GB",
    "-1.5 kB",
  ]);
  expect([percentText(1, 3), percentText(0, 3), percentText(1, 3000), percentText(1, 0)]).toEqual([
    "33.3 %",
    "0.0 %",
    "0.03 %",
    "–",
  ]);
  expect([shapeText([2, "N", ""]), shapeText([])]).toEqual(["2 × N × ?", "scalar"]);
  expect([shortText("abcdefghij", 10), shortText("abcdefghijk", 5)]).toEqual(["abcdefghij", "ab…jk"]);
});
