import type { TensorFlow, TfTensor } from "./tfjs";
import { type Gradients, type TfLayers, tfLayers } from "./tfjs-layers";

/** Values by the names and shapes of our networks (ONNX's layouts). */
export type Parameters = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

export interface TfBatch {
  readonly images: TfTensor;
  /** One-hot. */
  readonly labels: TfTensor;
}

export interface TfTrainer {
  batch(images: Float32Array, labels: Uint8Array): TfBatch;
  step(batch: TfBatch): void;
  /** The parameters in our layouts. */
  parameters(): Parameters;
  /** Frees the variables and the optimizer's; batches are their maker's to free. */
  dispose(): void;
}

export interface TfTrainerOptions {
  /** "lenet-300-100" or "lenet-5". */
  readonly network: string;
  readonly parameters: Parameters;
  readonly learningRate: number;
  readonly momentum: number;
  readonly gradients: Gradients;
}

type Variables = (name: string) => TfTensor;
type Model = (tf: TensorFlow, layers: TfLayers, weights: Variables, images: TfTensor) => TfTensor;

const CLASSES = 10;

const MODELS: ReadonlyMap<string, { readonly imageShape: readonly number[]; readonly logits: Model }> = new Map([
  ["lenet-300-100", { imageShape: [784], logits: lenet300100Logits }],
  ["lenet-5", { imageShape: [28, 28, 1], logits: lenet5Logits }],
]);

function lenet300100Logits(tf: TensorFlow, layers: TfLayers, weights: Variables, images: TfTensor): TfTensor {
  const hidden = tf.relu(dense(layers, weights, images, "ip1"));
  return dense(layers, weights, tf.relu(dense(layers, weights, hidden, "ip2")), "ip3");
}

function lenet5Logits(tf: TensorFlow, layers: TfLayers, weights: Variables, images: TfTensor): TfTensor {
  const pool = (x: TfTensor, bias: string) => layers.maxPool(layers.addBias(x, weights(bias)));
  const first = pool(layers.convolveInput(images, weights("conv1.weight")), "conv1.bias");
  const second = pool(layers.convolve(first, weights("conv2.weight")), "conv2.bias");
  const hidden = tf.relu(dense(layers, weights, tf.reshape(second, [-1, 800]), "ip1"));
  return dense(layers, weights, hidden, "ip2");
}

function dense(layers: TfLayers, weights: Variables, x: TfTensor, name: string): TfTensor {
  return layers.addBias(layers.matMul(x, weights(`${name}.weight`)), weights(`${name}.bias`));
}

/** TensorFlow.js keeps dense weights as [in, out], filters as [kh, kw, in, out], and images with the channels last. */
function toTensorFlow(tf: TensorFlow, { shape, values }: { shape: readonly number[]; values: Float32Array }): TfTensor {
  const tensor = tf.tensor(values, shape);
  if (shape.length === 1) return tensor;
  if (shape.length === 4) return tf.transpose(tensor, [2, 3, 1, 0]);
  if (shape[1] !== 800) return tf.transpose(tensor);
  const byPixel = tf.transpose(tf.reshape(tensor, [shape[0]!, 50, 4, 4]), [2, 3, 1, 0]);
  return tf.reshape(byPixel, [800, shape[0]!]);
}

function fromTensorFlow(tf: TensorFlow, tensor: TfTensor, shape: readonly number[]): Float32Array {
  const ours = tf.tidy(() => {
    if (shape.length === 1) return tf.reshape(tensor, shape);
    if (shape.length === 4) return tf.transpose(tensor, [3, 2, 0, 1]);
    if (shape[1] !== 800) return tf.transpose(tensor);
    return tf.transpose(tf.reshape(tensor, [4, 4, 50, shape[0]!]), [3, 2, 0, 1]);
  });
  const values = ours.dataSync().slice();
  ours.dispose();
  return values;
}

/**
 * Trains one of the paper's MNIST networks in TensorFlow.js by SGD with momentum, as its users do: optimizer.minimize on
 * softmaxCrossEntropy. Batches are made once and stay in the backend's memory, so that a step times nothing but training.
 *
 * @throws RangeError for another network
 */
export function tfTrainer(tf: TensorFlow, options: TfTrainerOptions): TfTrainer {
  const model = MODELS.get(options.network);
  if (!model) throw new RangeError(`network: expected ${[...MODELS.keys()].join(" or ")}, got ${options.network}`);
  const { imageShape, logits } = model;
  const layers = tfLayers(tf, options.gradients);
  const optimizer = tf.train.momentum(options.learningRate, options.momentum);
  const variables = new Map<string, TfTensor>();
  for (const [name, parameter] of options.parameters) {
    variables.set(name, tf.variable(tf.tidy(() => toTensorFlow(tf, parameter))));
  }
  const trained = [...variables.values()];
  const weights: Variables = (name) => variables.get(name)!;
  return {
    batch: (images, labels) => {
      const oneHot = new Float32Array(labels.length * CLASSES);
      for (const [i, label] of labels.entries()) oneHot[i * CLASSES + label] = 1;
      const imagesShape = [labels.length, ...imageShape];
      return { images: tf.tensor(images, imagesShape), labels: tf.tensor(oneHot, [labels.length, CLASSES]) };
    },
    step: ({ images, labels }) => {
      const loss = () => tf.losses.softmaxCrossEntropy(labels, logits(tf, layers, weights, images));
      tf.tidy(() => optimizer.minimize(loss, false, trained));
    },
    parameters: () => {
      const valuesOf = (name: string, shape: readonly number[]) => fromTensorFlow(tf, weights(name), shape);
      return new Map(
        [...options.parameters].map(([name, { shape }]) => [name, { shape, values: valuesOf(name, shape) }]),
      );
    },
    dispose: () => {
      for (const variable of trained) variable.dispose();
      optimizer.dispose();
    },
  };
}
