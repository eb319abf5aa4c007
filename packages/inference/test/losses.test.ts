import { describe, expect, it } from "vitest";
import { array, numbersOf, runNode, vector } from "./math-node";

const logarithms = array("float32", [3, 2], [-1, -2, -3, -4, -5, -6]);
const target = array("int64", [3], [0, 1, 1]);

describe("NegativeLogLikelihoodLoss", () => {
  it.each<[string, readonly number[]]>([
    ["none", [1, 4, 6]],
    ["sum", [11]],
    ["mean", [11 / 3]],
  ])("reduction %s", (reduction, expected) => {
    const got = numbersOf("NegativeLogLikelihoodLoss", [logarithms, target], { attributes: { reduction } });
    expect(got).toEqual(expected.map(Math.fround));
  });

  it("weighs classes, and leaves out those to ignore", () => {
    const inputs = [logarithms, target, vector(2, 3)];
    expect(numbersOf("NegativeLogLikelihoodLoss", inputs)).toEqual([Math.fround(32 / 8)]);
    expect(numbersOf("NegativeLogLikelihoodLoss", inputs, { attributes: { ignore_index: 1 } })).toEqual([1]);
  });

  it("refuses classes that there are not", () => {
    expect(() => runNode("NegativeLogLikelihoodLoss", [logarithms, array("int64", [3], [0, 1, 2])])).toThrow(
      "target expected classes below 2, got 2",
    );
    expect(() => runNode("NegativeLogLikelihoodLoss", [logarithms, array("int64", [2], [0, 1])])).toThrow(
      "target expected shape [3], got [2]",
    );
  });
});

describe("SoftmaxCrossEntropyLoss", () => {
  it("is that of the logarithms of the softmax, which it gives too", () => {
    const scores = array("float32", [1, 2, 2], [0, 0, Math.log(3), 0]);
    const right = array("int64", [1, 2], [0, 1]);
    const [loss, powers] = runNode("SoftmaxCrossEntropyLoss", [scores, right], { outputs: 2 });
    const expected = [Math.log(1 / 4), Math.log(1 / 2), Math.log(3 / 4), Math.log(1 / 2)];
    for (const [i, value] of expected.entries()) expect(powers!.data[i]).toBeCloseTo(value, 6);
    expect(loss!.shape).toEqual([]);
    expect(loss!.data[0]).toBeCloseTo((Math.log(4) + Math.log(2)) / 2, 6);
  });
});
