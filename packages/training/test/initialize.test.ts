import { floatValues, lenet5 } from "@deep-compression/network";
import { initialize } from "@deep-compression/training";
import { expect, test } from "vitest";
import { randomFrom } from "./networks";

const network = initialize(lenet5, { random: randomFrom(1) });

test("weights are normal with mean 0 and variance 2 / inputs, biases zero", () => {
  expect(network.graph).toBe(lenet5.graph);
  expect(network.tensors.map(({ name, shape }) => ({ name, shape }))).toEqual(lenet5.parameters);
  for (const tensor of network.tensors) {
    const values = floatValues(tensor);
    if (tensor.shape.length === 1) {
      expect(values.every((value) => value === 0)).toBe(true);
      continue;
    }
    const inputs = values.length / tensor.shape[0];
    const z = Float64Array.from(values, (value) => value / Math.sqrt(2 / inputs));
    const moment = (power: number) => z.reduce((sum, value) => sum + value ** power, 0) / z.length;
    // Standard deviations of the sample moments of a normal: 1, 2 and 96 over n, all under their square root.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / z.length));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / z.length));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / z.length));
  }
});

test("the same random numbers give the same weights, others others, and an odd tensor is filled to its end", () => {
  const bytesOf = (seed: number) =>
    Buffer.concat(initialize(lenet5, { random: randomFrom(seed) }).tensors.map(({ bytes }) => bytes));
  expect(bytesOf(1).equals(bytesOf(1))).toBe(true);
  expect(bytesOf(1).equals(bytesOf(2))).toBe(false);
  const odd = { ...lenet5, parameters: [{ name: "w", shape: [3, 5] }] };
  expect(floatValues(initialize(odd, { random: randomFrom(3) }).tensors[0]).every((value) => value !== 0)).toBe(true);
});
