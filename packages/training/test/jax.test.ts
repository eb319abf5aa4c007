import { floatValues } from "@deep-compression/network";
import { createTrainer } from "@deep-compression/training";
import { init, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { expect, test } from "vitest";
import { chainNetwork, noise, randomFrom } from "./networks";

type Arrays = { [name: string]: np.Array };

const BATCH = 6;
const CLASSES = 5;
const SIDE = 14;

/** LeNet-5 with smaller layers: 14 -> 12 -> 6 -> 4 -> 2 pixels a side. */
function lenet() {
  const random = randomFrom(31);
  const network = chainNetwork({
    inputShape: [1, SIDE, SIDE],
    layers: [
      { op: "Conv", channels: 4, kernel: 3 },
      { op: "MaxPool" },
      { op: "Conv", channels: 7, kernel: 3 },
      { op: "MaxPool" },
      { op: "Flatten" },
      { op: "Gemm", outputs: 12 },
      { op: "Relu" },
      { op: "Gemm", outputs: CLASSES },
    ],
    random,
  });
  return { network, samples: noise({ count: BATCH, size: SIDE * SIDE, classes: CLASSES, random }) };
}

/** Largest of each 2 x 2 block. Takes ownership of x. */
function pooled(x: np.Array): np.Array {
  const [images, channels, height, width] = x.shape;
  return np.max(x.reshape([images, channels, height / 2, 2, width / 2, 2]), [3, 5]);
}

/** x w^T + b. Takes ownership of all three. */
function dense(x: np.Array, w: np.Array, b: np.Array): np.Array {
  return np.matmul(x, w.transpose()).add(b);
}

/** Takes ownership of all three. */
function conv(x: np.Array, w: np.Array, b: np.Array): np.Array {
  return lax.conv(x, w, [1, 1], "VALID").add(b.reshape([1, -1, 1, 1]));
}

/** Mean cross-entropy. Takes ownership of everything, as jax-js asks of a function. */
function loss(p: Arrays, x: np.Array, targets: np.Array): np.Array {
  const first = pooled(conv(x, p["0.weight"], p["0.bias"]));
  const second = pooled(conv(first, p["2.weight"], p["2.bias"]));
  const hidden = nn.relu(dense(second.reshape([BATCH, -1]), p["5.weight"], p["5.bias"]));
  const logits = dense(hidden, p["7.weight"], p["7.bias"]);
  return nn
    .logSoftmax(logits)
    .mul(targets)
    .sum()
    .mul(-1 / BATCH);
}

test("loss and gradients of a small LeNet-5 agree with jax-js", async () => {
  await init("wasm");
  const { network, samples } = lenet();
  const parameters = Object.fromEntries(
    network.tensors.map((tensor) => [tensor.name, np.array(floatValues(tensor)).reshape([...tensor.shape])]),
  );
  const x = np.array(samples.inputs).reshape([BATCH, 1, SIDE, SIDE]);
  const targets = np.array(
    Array.from(samples.labels, (label) => Array.from({ length: CLASSES }, (_, j) => +(j === label))),
  );
  const [value, slopes] = valueAndGrad(loss)(parameters, x, targets);
  const trainer = await createTrainer(network, { batch: BATCH, seed: 1 });
  const got = trainer.gradients(samples);
  expect(got.loss).toBeCloseTo((await value.data())[0], 5);
  for (const { name } of network.tensors) {
    const expected = Float64Array.from(await slopes[name].data()); // consumes the array: nothing is left to dispose of
    const gradients = got.gradients.get(name)!;
    const largest = expected.reduce((max, slope) => Math.max(max, Math.abs(slope)), 0);
    const error = expected.reduce((max, slope, i) => Math.max(max, Math.abs(slope - gradients[i])), 0);
    expect(gradients.length).toBe(expected.length);
    expect(largest).toBeGreaterThan(1e-3);
    // Both round in float32: 1e-5 of the largest gradient is 170 roundings, over sums of at most 864 products.
    expect(error / largest, name).toBeLessThan(1e-5);
  }
});
