import { relativeDifference } from "./agreement";
import type { TensorFlow } from "./tfjs";
import { type Gradients, type TfLayers, tfLayers } from "./tfjs-layers";

const shapes = { x: [3, 9, 9, 4], filter: [5, 5, 4, 6] } as const;

/**
 * Checks the convolution gradients written for the wasm backend against TensorFlow.js's own on its cpu backend,
 * which lacks none. Throws if they differ by more than rounding.
 */
export async function assertConvolutionGradients(
  tf: TensorFlow,
  options: { readonly gradients: Gradients; readonly random: () => number },
): Promise<void> {
  const draw = (shape: readonly number[]) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b));
    return { values: values.map(() => options.random() - 0.5), shape };
  };
  const inputs = [draw(shapes.x), draw(shapes.filter), draw([3, 5, 5, 6])] as const;
  const gradients = (convolve: TfLayers["convolve"]) =>
    tf.tidy(() => {
      const [x, filter, factor] = inputs.map(({ values, shape }) => tf.tensor(values, shape));
      return tf
        .grads((a, b) => tf.sum(tf.mul(convolve(a, b), factor!)))([x!, filter!])
        .map((gradient) => gradient.dataSync().slice());
    });
  await tf.setBackend("cpu");
  const expected = gradients((x, filter) => tf.conv2d(x, filter, 1, "valid"));
  await tf.setBackend("wasm");
  const written = gradients(tfLayers(tf, options.gradients).convolve);
  for (const [i, name] of ["input", "filter"].entries()) {
    const difference = relativeDifference(written[i]!, expected[i]!);
    if (!(difference < 1e-5)) throw new Error(`the ${options.gradients} ${name} gradient is off by ${difference}`);
  }
}
