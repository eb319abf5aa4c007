import type { Save, TensorFlow, TfTensor, WithGradient } from "./tfjs";

/**
 * How the layers are differentiated:
 * "own": TensorFlow.js's own gradients, save two of its wasm backend: the convolution's filter gradient, which it lacks,
 * and max-pooling's, which is wrong;
 * "rewritten": every slow gradient written anew, with knowledge of which kernels of the backend are fast.
 */
export type Gradients = "own" | "rewritten";

export interface TfLayers {
  matMul(x: TfTensor, weight: TfTensor): TfTensor;
  /** Adds [channels] to the last axis. */
  addBias(x: TfTensor, bias: TfTensor): TfTensor;
  /** x [n, h, w, in], filter [kh, kw, in, out], stride 1, no padding. */
  convolve(x: TfTensor, filter: TfTensor): TfTensor;
  /** The same for a layer whose input needs no gradient. */
  convolveInput(x: TfTensor, filter: TfTensor): TfTensor;
  /** 2x2 windows, stride 2. */
  maxPool(x: TfTensor): TfTensor;
}

/** The layers of TensorFlow.js with these gradients. */
export function tfLayers(tf: TensorFlow, gradients: Gradients): TfLayers {
  const inputGradient = gradients === "own" ? ownInputGradient : convolutionInputGradient;
  const forward = (x: TfTensor, filter: TfTensor) => tf.conv2d(x, filter, 1, "valid");
  return {
    ...(gradients === "own" ? { matMul: tf.matMul, addBias: tf.add } : rewrittenDense(tf)),
    convolve: differentiable(tf, forward, (dy, x, filter) => [
      inputGradient(tf, { x, filter, dy }),
      filterGradient(tf, { x, dy }),
    ]),
    convolveInput: (x, filter) =>
      tf.customGrad((f) => ({ value: forward(x, f), gradFunc: (dy) => filterGradient(tf, { x, dy }) }))(filter),
    maxPool: correctMaxPool(tf),
  };
}

function differentiable(
  tf: TensorFlow,
  forward: (a: TfTensor, b: TfTensor) => TfTensor,
  backward: (dy: TfTensor, a: TfTensor, b: TfTensor) => readonly [TfTensor, TfTensor],
): (a: TfTensor, b: TfTensor) => TfTensor {
  return tf.customGrad((a: TfTensor, b: TfTensor, save: Save): WithGradient => {
    save([a, b]);
    return { value: forward(a, b), gradFunc: (dy, saved) => backward(dy, saved[0]!, saved[1]!) };
  });
}

interface ConvolutionTensors {
  readonly x: TfTensor;
  readonly filter: TfTensor;
  readonly dy: TfTensor;
}

/**
 * The filter's gradient as one convolution: the input with batch and channels exchanged, under the output's gradient as its
 * filter. It takes the backend's fast path (XNNPACK); im2col with 25 slices, a concat and matMul took three times as long.
 */
function filterGradient(tf: TensorFlow, { x, dy }: Omit<ConvolutionTensors, "filter">): TfTensor {
  const gradient = tf.conv2d(tf.transpose(x, [3, 1, 2, 0]), tf.transpose(dy, [1, 2, 0, 3]), 1, "valid");
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/**
 * The wasm backend's MaxPoolGrad finds no maximum in windows without a positive value (4.22.0; the cpu backend does), and
 * LeNet-5 pools right after its convolutions. Lifted above zero, the input has its maxima where they were.
 */
function correctMaxPool(tf: TensorFlow): TfLayers["maxPool"] {
  const attributes = { filterSize: 2, strides: 2, pad: "valid" } as const;
  return tf.customGrad((x: TfTensor, save: Save): WithGradient => {
    save([x]);
    const gradFunc: WithGradient["gradFunc"] = (dy, saved) => {
      const input = tf.add(tf.sub(saved[0]!, tf.min(saved[0]!)), tf.scalar(1));
      return tf.engine().runKernel("MaxPoolGrad", { dy, input }, attributes);
    };
    return { value: tf.maxPool(x, 2, 2, "valid"), gradFunc };
  });
}

function ownInputGradient(tf: TensorFlow, { x, filter, dy }: ConvolutionTensors): TfTensor {
  return tf.conv2dTranspose(dy, filter, x.shape, 1, "valid");
}

/** The input's gradient as a convolution of the padded output gradient: a quarter of the time of conv2dTranspose. */
function convolutionInputGradient(tf: TensorFlow, { filter, dy }: ConvolutionTensors): TfTensor {
  const [height, width] = [filter.shape[0]! - 1, filter.shape[1]! - 1];
  const padded = tf.pad(dy, [
    [0, 0],
    [height, height],
    [width, width],
    [0, 0],
  ]);
  return tf.conv2d(padded, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, "valid");
}

/** Only matMul without transposed operands takes the backend's fast path, so the transposes are made; sums become products with ones. */
function rewrittenDense(tf: TensorFlow): Pick<TfLayers, "matMul" | "addBias"> {
  const columnSums = (x: TfTensor) => tf.reshape(tf.matMul(tf.ones([1, x.shape[0]!]), x), [x.shape[1]!]);
  return {
    matMul: differentiable(tf, tf.matMul, (dy, x, weight) => [
      tf.matMul(dy, tf.transpose(weight)),
      tf.matMul(tf.transpose(x), dy),
    ]),
    addBias: differentiable(tf, tf.add, (dy) => [dy, columnSums(tf.reshape(dy, [-1, dy.shape.at(-1)!]))]),
  };
}
