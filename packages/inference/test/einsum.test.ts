import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, indicesOf, numbersOf, runNode, vector } from "./math-node";

/** The sum over all values of all letters, one product at a time. */
function naiveEinsum(terms: readonly string[], result: string, sizes: ReadonlyMap<string, number>, data: number[][]) {
  const letters = [...new Set(terms.join(""))];
  const shape = [...result].map((letter) => sizes.get(letter)!);
  const sums = new Array<number>(indicesOf(shape).length).fill(0);
  for (const index of indicesOf(letters.map((letter) => sizes.get(letter)!))) {
    const at = (term: string) =>
      [...term].reduce((place, letter) => place * sizes.get(letter)! + index[letters.indexOf(letter)]!, 0);
    const product = terms.reduce((value, term, i) => value * data[i]![at(term)]!, 1);
    sums[at(result)] = sums[at(result)]! + product;
  }
  return { shape, sums };
}

describe("Einsum", () => {
  const term = fc.array(fc.constantFrom(..."abcd"), { maxLength: 3 }).map((letters) => letters.join(""));

  it("is the sum of products that the equation says", () => {
    fc.assert(
      fc.property(
        fc.array(term, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: -9, max: 9 })),
        fc.constantFrom("float32" as const, "float64" as const, "int32" as const, "int64" as const),
        (terms, sizeList, kept, stream, type) => {
          const sizes = new Map([..."abcd"].map((letter, i) => [letter, sizeList[i]!]));
          const result = [..."dbca"]
            .filter((letter, i) => kept[i] && terms.some((own) => own.includes(letter)))
            .join("");
          const shapes = terms.map((own) => [...own].map((letter) => sizes.get(letter)!));
          const data = shapes.map((shape) => indicesOf(shape).map(() => stream.next().value as number));
          const inputs = shapes.map((shape, i) => array(type, shape, data[i]!));
          const expected = naiveEinsum(terms, result, sizes, data);
          const [got] = runNode("Einsum", inputs, { attributes: { equation: `${terms.join(",")}->${result}` } });
          expect(got!.shape).toEqual(expected.shape);
          expect(Array.from(got!.data, Number)).toEqual(expected.sums);
        },
      ),
    );
  });

  it("an ellipsis stands for dimensions that broadcast", () => {
    const a = array("float32", [2, 1, 1, 2], [1, 2, 3, 4]);
    const b = array("float32", [3, 2, 1], [1, 2, 3, 4, 5, 6]);
    const [got] = runNode("Einsum", [a, b], { attributes: { equation: "...ij, ...jk -> ...ik" } });
    expect(got!.shape).toEqual([2, 3, 1, 1]);
    expect(Array.from(got!.data, Number)).toEqual([5, 11, 17, 11, 25, 39]);
  });

  it("without an arrow letters that occur once are the result, in the order of the alphabet", () => {
    const x = array("float32", [2, 2], [1, 2, 3, 4]);
    expect(numbersOf("Einsum", [x], { attributes: { equation: "ba" } })).toEqual([1, 3, 2, 4]);
    expect(numbersOf("Einsum", [x], { attributes: { equation: "ii" } })).toEqual([5]);
  });

  it("products of integers wrap", () => {
    const x = array("int32", [1], [65_537]);
    expect(numbersOf("Einsum", [x, x], { attributes: { equation: "i,i->" } })).toEqual([131_073]);
  });

  it("matrices of no rows, no columns or nothing to sum", () => {
    const attributes = { equation: "ij,jk->ik" };
    const empty = (...shape: number[]) => array("float32", shape, []);
    expect(numbersOf("Einsum", [empty(2, 0), empty(0, 2)], { attributes })).toEqual([0, 0, 0, 0]);
    expect(runNode("Einsum", [empty(0, 2), array("float32", [2, 1], [1, 2])], { attributes })[0]!.shape).toEqual([
      0, 1,
    ]);
  });

  it.each<[string, string]>([
    ["i->j", "the result of equation"],
    ["i->ii", "the result of equation"],
    ["ij->i", 'term "ij" does not fit an input of shape [2]'],
    ["i,i->i", "expected 2 inputs, got 1"],
    ["i->i->i", "expected letters, ellipses, commas and one arrow"],
    ["i.->i", "expected letters, ellipses, commas and one arrow"],
  ])("refuses %s", (equation, message) => {
    expect(() => runNode("Einsum", [vector(1, 2)], { attributes: { equation } })).toThrow(message);
  });

  it("refuses sizes that do not fit", () => {
    expect(() => runNode("Einsum", [vector(1, 2), vector(1, 2, 3)], { attributes: { equation: "i,i->i" } })).toThrow(
      'Einsum node "y0": index i is of size 2 and 3',
    );
  });
});
