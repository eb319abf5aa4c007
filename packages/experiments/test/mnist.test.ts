import { loadMnist } from "@deep-compression/experiments";
import { expect, it } from "vitest";

it("splits MNIST into 55,000 images to train, 5,000 to validate, and the official 10,000 to test", async () => {
  const { training, validation, test } = await loadMnist();
  expect([training, validation, test].map(({ labels }) => labels.length)).toEqual([55000, 5000, 10000]);
  expect([training, validation, test].map(({ inputs }) => inputs.length / 784)).toEqual([55000, 5000, 10000]);
  // The first labels of the official files.
  expect([...training.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
});
