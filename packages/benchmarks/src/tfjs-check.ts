import { elementCount } from "@deep-compression/bits";
import { relativeDifference } from "./agreement";
import type { TensorFlow, TfTensor } from "./tfjs";
import { type Gradients, tfLayers } from "./tfjs-layers";

interface Drawn {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

type TwoInputs = (a: TfTensor, b: TfTensor) => TfTensor;

/**
 * Checks the gradients written for the wasm backend against TensorFlow.js's own on its cpu backend, which has all of
 * them: a convolution, and one pooled 2x2, whose windows are positive and negative.
 *
 * @throws Error if they differ by more than rounding
 */
export async function assertTfGradients(
  tf: TensorFlow,
  options: { readonly gradients: Gradients; readonly random: () => number },
): Promise<void> {
  const draw = (shape: readonly number[]): Drawn => {
    return { shape, values: new Float32Array(elementCount(shape)).map(() => options.random() - 0.5) };
  };
  const [x, filter] = [draw([3, 10, 10, 4]), draw([5, 5, 4, 6])];
  const { convolve, maxPool } = tfLayers(tf, options.gradients);
  const own: TwoInputs = (a, b) => tf.conv2d(a, b, 1, "valid");
  await assertSameGradients(tf, { written: convolve, own, inputs: [x, filter], factor: draw([3, 6, 6, 6]) });
  await assertSameGradients(tf, {
    written: (a, b) => maxPool(convolve(a, b)),
    own: (a, b) => tf.maxPool(own(a, b), 2, 2, "valid"),
    inputs: [x, filter],
    factor: draw([3, 3, 3, 6]),
  });
}

interface Comparison {
  /** What is timed, on the wasm backend. */
  readonly written: TwoInputs;
  /** The reference, on the cpu backend. */
  readonly own: TwoInputs;
  readonly inputs: readonly [Drawn, Drawn];
  /** Weights of the sum that is differentiated, so that no two outputs count the same. */
  readonly factor: Drawn;
}

async function assertSameGradients(tf: TensorFlow, { written, own, inputs, factor }: Comparison): Promise<void> {
  const tensor = ({ values, shape }: Drawn) => tf.tensor(values, shape);
  const gradientsOf = (f: TwoInputs) =>
    tf.tidy(() => {
      const weights = tensor(factor);
      const gradients = tf.grads((a, b) => tf.sum(tf.mul(f(a, b), weights)));
      return gradients([tensor(inputs[0]), tensor(inputs[1])]).map((gradient) => gradient.dataSync().slice());
    });
  await tf.setBackend("cpu");
  const expected = gradientsOf(own);
  await tf.setBackend("wasm");
  for (const [i, gradient] of gradientsOf(written).entries()) {
    const difference = relativeDifference(gradient, expected[i]!);
    if (!(difference < 1e-5)) throw new Error(`a gradient of TensorFlow.js is off by ${difference}`);
  }
}
