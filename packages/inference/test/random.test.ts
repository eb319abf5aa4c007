import { prepare, runProblem, type ShapedArray } from "@deep-compression/inference";
import { type Attribute, float, type Node } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { array, runNode } from "./one-node";

const COUNT = 20000;
const numbers = ({ data }: ShapedArray) => Array.from(data as ArrayLike<number | bigint>, Number);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

const NO_WEIGHTS = {
  weight(name: string): never {
    throw new RangeError(`no weight ${name}`);
  },
};

/** What an operator without inputs draws. */
function drawn(op: string, attributes: Readonly<Record<string, Attribute>>) {
  const [made] = runNode(op, [], { attributes: { shape: [2, COUNT / 2], ...attributes } });
  return numbers(made!);
}

describe("random operators", () => {
  it("RandomNormal and RandomNormalLike draw a normal distribution", () => {
    const attributes = { mean: float(3), scale: float(2) };
    const like = numbers(runNode("RandomNormalLike", [array([COUNT], new Float32Array(COUNT))], { attributes })[0]!);
    for (const values of [drawn("RandomNormal", attributes), like]) {
      expect(Math.abs(mean(values) - 3)).toBeLessThan((4 * 2) / Math.sqrt(COUNT));
      expect(deviation(values)).toBeCloseTo(2, 1);
      const within = values.filter((value) => Math.abs(value - 3) < 2).length / COUNT;
      expect(within).toBeCloseTo(0.683, 1);
    }
  });

  it("RandomUniform and RandomUniformLike draw between two ends", () => {
    const attributes = { low: float(-1), high: float(3) };
    const like = numbers(runNode("RandomUniformLike", [array([COUNT], new Float32Array(COUNT))], { attributes })[0]!);
    for (const values of [drawn("RandomUniform", attributes), like]) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
      expect(Math.max(...values)).toBeLessThanOrEqual(3);
      expect(Math.abs(mean(values) - 1)).toBeLessThan(0.05);
      expect(deviation(values)).toBeCloseTo(4 / Math.sqrt(12), 1);
    }
  });

  it("Bernoulli draws 1 by the probability of each element, in the type that is asked for", () => {
    const x = array(
      [COUNT],
      Float32Array.from({ length: COUNT }, (_, i) => [0, 0.25, 1, 0.25][i % 4]!),
    );
    const [made] = runNode("Bernoulli", [x], { attributes: { dtype: 7 } });
    expect(made!.type).toBe("int64");
    const values = numbers(made!);
    expect(values.filter((_, i) => i % 4 === 0).every((value) => value === 0)).toBe(true);
    expect(values.filter((_, i) => i % 4 === 2).every((value) => value === 1)).toBe(true);
    expect(mean(values.filter((_, i) => i % 2 === 1))).toBeCloseTo(0.25, 1);
  });

  it("Multinomial draws classes by the logarithms of their probabilities", () => {
    const x = array([2, 3], [0.5, 0.25, 0.25, 1e-30, 1, 3].map(Math.log));
    const [made] = runNode("Multinomial", [x], { attributes: { sample_size: COUNT } });
    expect(made).toMatchObject({ type: "int32", shape: [2, COUNT] });
    const share = (row: number, label: number) =>
      numbers(made!)
        .slice(row * COUNT, (row + 1) * COUNT)
        .filter((value) => value === label).length / COUNT;
    expect([0, 1, 2].map((label) => Math.round(share(0, label) * 20) / 20)).toEqual([0.5, 0.25, 0.25]);
    expect([0, 1, 2].map((label) => Math.round(share(1, label) * 20) / 20)).toEqual([0, 0.25, 0.75]);
  });

  it("nodes draw apart from each other, runs too, and every session the same", () => {
    const node = (output: string, attributes = {}): Node => ({
      op: "RandomNormal",
      inputs: [],
      outputs: [output],
      attributes: { shape: [4], ...attributes },
    });
    const nodes = [node("a"), node("b"), node("c", { seed: float(5) }), node("d", { seed: float(5) })];
    const graph = { opset: 17, inputs: [], outputs: nodes.map(({ outputs: [name] }) => ({ name: name! })), nodes };
    expect(runProblem(graph)).toBeUndefined();
    const runs = () => {
      const session = prepare({ graph }, NO_WEIGHTS);
      return [session.run({}), session.run({})].map((outputs) =>
        Object.values(outputs).map((one) => `${numbers(one)}`),
      );
    };
    const [first, second] = runs();
    expect(new Set([...first!, ...second!]).size).toBe(6); // c and d have one seed
    expect(first![2]).toBe(first![3]);
    expect(runs()).toEqual([first, second]);
  });

  it("integers are refused where floats are drawn", () => {
    expect(() => drawn("RandomNormal", { dtype: 7 })).toThrow("expected a type of floats, got int64");
  });
});
