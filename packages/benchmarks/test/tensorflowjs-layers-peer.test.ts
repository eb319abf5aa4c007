// Layers models that TensorFlow.js makes, in our sessions, against itself; and the models of models.md.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { denseWeights, prepare } from "@deep-compression/inference";
import { seededRandom } from "@deep-compression/runtime";
import { beforeAll, describe, expect, test } from "vitest";
import { networkOf, openArtifacts, type TestArtifacts } from "../../model-io/test/tensorflowjs-models";
import { isModelInstalled, mainFile } from "../src/model-folder";
import { scaledDifference } from "../src/model-items";
import { REAL_MODELS } from "../src/models";
import { isInstalled } from "../src/peers";
import { loadTfModels, type ModelArray, type ModelArtifacts, type TfModels, tfModel } from "../src/tfjs-models";

const BOUND = 1e-4;
const isThere = isInstalled("@tensorflow/tfjs");
const note = isThere ? "" : " (skipped: npm run bench:peers installs TensorFlow.js)";

let tf: TfModels;
beforeAll(async () => {
  if (isThere) tf = await loadTfModels();
});

type Fill = (count: number, random: () => number) => Float32Array | Int32Array;
const centered: Fill = (count, random) => Float32Array.from({ length: count }, () => 2 * random() - 1);
const indices: Fill = (count, random) => Int32Array.from({ length: count }, () => Math.floor(7 * random()));

/** Both give the same, to a ten-thousandth of its scale. `sizes`: of inputs, by name or of the only one. */
async function assertSame(artifacts: TestArtifacts, sizes: readonly (readonly number[])[], fill: Fill = centered) {
  const network = await networkOf(await openArtifacts(artifacts));
  const random = seededRandom(1);
  const inputs: Record<string, ModelArray> = {};
  for (const [i, { name, type }] of network.graph!.inputs.entries()) {
    const shape = sizes[i]!;
    const data = fill(
      shape.reduce((product, size) => product * size, 1),
      random,
    );
    inputs[name] = { type: type!, shape, data: type === "float32" ? Float32Array.from(data) : Int32Array.from(data) };
  }
  const ours = prepare({ graph: network.graph! }, denseWeights(network)).run(inputs);
  const names = network.graph!.outputs.map(({ name }) => name);
  const model = await tfModel(tf, artifacts);
  const theirs = await model.run(inputs, names).finally(() => model.dispose());
  expect(names.length).toBeGreaterThan(0);
  for (const [i, name] of names.entries()) {
    expect([name, ...ours[name].shape]).toEqual([name, ...theirs[i].shape]);
    expect(scaledDifference(ours[name].data as ArrayLike<number>, theirs[i].data)).toBeLessThanOrEqual(BOUND);
  }
}

/** A model as TensorFlow.js saves it, with other weights than those that it begins with: zeros and ones hide much. */
async function saved(layers: readonly object[]): Promise<TestArtifacts> {
  let found: ModelArtifacts | undefined;
  const model = tf.sequential({ layers });
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      found = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  model.dispose();
  const random = seededRandom(3);
  const values = Float32Array.from({ length: found!.weightData.byteLength / 4 }, () => random() + 0.1);
  const centre = values.map((value) => value - 0.4);
  let at = 0;
  for (const { name, shape } of found!.weightSpecs as readonly { name: string; shape: readonly number[] }[]) {
    const count = shape.reduce((product, size) => product * size, 1);
    // Only variances must be above 0.
    if (!/variance/.test(name)) values.set(centre.subarray(at, at + count), at);
    at += count;
  }
  return { ...(found! as TestArtifacts), weightData: values.buffer };
}

interface LayerCase {
  readonly of: readonly (readonly [layer: string, options: object])[];
  readonly input: readonly number[];
  readonly fill?: Fill;
}

const picture = [2, 7, 6, 3] as const;
const sequence = [2, 6, 5] as const;
const onPictures = (layer: string, options: object = {}): LayerCase => ({ of: [[layer, options]], input: picture });
const onSequences = (layer: string, options: object = {}): LayerCase => ({ of: [[layer, options]], input: sequence });
const timeDistributed = (inner: () => object): LayerCase => ({
  ...onSequences("timeDistributed"),
  of: [["timeDistributed", { inner }]],
});
const bidirectional = (layer: "lstm" | "gru", options: object, mergeMode: string): LayerCase => ({
  of: [["bidirectional", { inner: () => tf.layers[layer]!(options), mergeMode }]],
  input: sequence,
});

const LAYERS: Readonly<Record<string, LayerCase>> = {
  dense: { of: [["dense", { units: 4, activation: "relu" }]], input: [3, 5] },
  "dense of sequences": onSequences("dense", { units: 4, activation: "softmax" }),
  "dense without bias": { of: [["dense", { units: 4, useBias: false, activation: "sigmoid" }]], input: [3, 5] },
  conv1d: onSequences("conv1d", { filters: 4, kernelSize: 3, padding: "same", activation: "tanh" }),
  "conv1d in steps": onSequences("conv1d", { filters: 4, kernelSize: 2, strides: 2 }),
  conv2d: onPictures("conv2d", { filters: 4, kernelSize: [3, 2], padding: "same", strides: 2, activation: "elu" }),
  "conv2d, dilated": onPictures("conv2d", { filters: 4, kernelSize: 3, dilationRate: 2 }),
  conv2dTranspose: onPictures("conv2dTranspose", { filters: 4, kernelSize: 3, strides: 2, padding: "same" }),
  "conv2dTranspose, steps beyond the kernel": onPictures("conv2dTranspose", { filters: 4, kernelSize: 2, strides: 3 }),
  "conv2dTranspose, steps beyond, same": onPictures("conv2dTranspose", {
    filters: 4,
    kernelSize: 2,
    strides: 3,
    padding: "same",
  }),
  depthwiseConv2d: onPictures("depthwiseConv2d", { kernelSize: 3, depthMultiplier: 2, padding: "same", strides: 2 }),
  separableConv2d: onPictures("separableConv2d", { filters: 4, kernelSize: 3, activation: "relu6" }),
  batchNormalization: onPictures("batchNormalization"),
  "batchNormalization of sequences": onSequences("batchNormalization", { epsilon: 0.01, scale: false }),
  "batchNormalization of rows": { of: [["batchNormalization", { center: false }]], input: [3, 5] },
  layerNormalization: onSequences("layerNormalization"),
  maxPooling2d: onPictures("maxPooling2d", { poolSize: 2, strides: 2, padding: "same" }),
  averagePooling2d: onPictures("averagePooling2d", { poolSize: [3, 2], strides: 1, padding: "same" }),
  maxPooling1d: onSequences("maxPooling1d", { poolSize: 2, padding: "same" }),
  averagePooling1d: onSequences("averagePooling1d", { poolSize: 3, strides: 1 }),
  globalAveragePooling2d: onPictures("globalAveragePooling2d"),
  globalMaxPooling1d: onSequences("globalMaxPooling1d"),
  upSampling2d: onPictures("upSampling2d", { size: [2, 3] }),
  "upSampling2d, bilinear": onPictures("upSampling2d", { size: [2, 3], interpolation: "bilinear" }),
  zeroPadding2d: onPictures("zeroPadding2d", {
    padding: [
      [1, 0],
      [2, 3],
    ],
  }),
  cropping2D: onPictures("cropping2D", {
    cropping: [
      [1, 0],
      [2, 1],
    ],
  }),
  flatten: onPictures("flatten"),
  reshape: onPictures("reshape", { targetShape: [6, -1] }),
  permute: onPictures("permute", { dims: [3, 1, 2] }),
  repeatVector: { of: [["repeatVector", { n: 3 }]], input: [2, 5] },
  embedding: { of: [["embedding", { inputDim: 7, outputDim: 4, inputLength: 5 }]], input: [2, 5], fill: indices },
  reLU: onPictures("reLU", { maxValue: 0.5 }),
  leakyReLU: onPictures("leakyReLU"),
  prelu: onPictures("prelu", { sharedAxes: [1, 2] }),
  elu: onPictures("elu"),
  thresholdedReLU: onPictures("thresholdedReLU", { theta: 0.3 }),
  softmax: onPictures("softmax", { axis: -1 }),
  dropout: onPictures("dropout", { rate: 0.5 }),
  rescaling: onPictures("rescaling", { scale: 0.1, offset: -1 }),
  ...Object.fromEntries(
    ["hardSigmoid", "softplus", "softsign", "selu", "swish", "mish", "logSoftmax", "gelu"].map((activation) => [
      `activation ${activation}`,
      onSequences("activation", { activation }),
    ]),
  ),
  lstm: onSequences("lstm", { units: 4 }),
  "lstm, each step, backwards": onSequences("lstm", { units: 4, returnSequences: true, goBackwards: true }),
  "lstm with sigmoid": onSequences("lstm", { units: 4, recurrentActivation: "sigmoid", useBias: false }),
  gru: onSequences("gru", { units: 4, returnSequences: true }),
  simpleRNN: onSequences("simpleRNN", { units: 4, activation: "relu" }),
  "bidirectional lstm": bidirectional("lstm", { units: 4, returnSequences: true }, "concat"),
  "bidirectional gru": bidirectional("gru", { units: 4 }, "ave"),
  "timeDistributed dense": timeDistributed(() => tf.layers.dense!({ units: 3, activation: "relu" })),
  "a small classifier": {
    of: [
      ["conv2d", { filters: 4, kernelSize: 3, padding: "same", useBias: false }],
      ["batchNormalization", {}],
      ["activation", { activation: "relu" }],
      ["depthwiseConv2d", { kernelSize: 3, padding: "same" }],
      ["maxPooling2d", { poolSize: 2 }],
      ["flatten", {}],
      ["dense", { units: 5, activation: "softmax" }],
    ],
    input: picture,
  },
};

describe.skipIf(!isThere)(`a layers model${note}`, () => {
  test.each(Object.entries(LAYERS))("%s", async (_, { of, input, fill }) => {
    const layers = of.map(([name, { inner, ...options }]: readonly [string, { inner?: () => object }], i) => {
      const more = i === 0 ? { inputShape: input.slice(1) } : {};
      return tf.layers[name]!({ ...options, ...more, ...(inner && { layer: inner() }) });
    });
    await assertSame(await saved(layers), [input], fill);
  });

  test("models inside of one another, as Teachable Machine has them", async () => {
    const { dense, conv2d, globalAveragePooling2d } = tf.layers as Readonly<
      Record<string, (options: object) => object>
    >;
    const features = tf.sequential({
      layers: [conv2d({ filters: 4, kernelSize: 3, inputShape: picture.slice(1) }), globalAveragePooling2d({})],
    });
    const head = tf.sequential({ layers: [dense({ units: 3, inputShape: [4] })] });
    await assertSame(await saved([features, head]), [picture]);
  });
});

/** Sizes of the inputs of models, and what they are. */
const MODELS: Readonly<Record<string, { readonly sizes: readonly (readonly number[])[]; readonly fill?: Fill }>> = {
  "Basic Pitch": { sizes: [[1, 43844, 1]] },
  "ESRGAN slim 2x": { sizes: [[1, 13, 10, 3]] },
  "ESRGAN slim 8x": { sizes: [[1, 9, 8, 3]] },
  "Universal Sentence Encoder lite": {
    sizes: [[7, 2], [7]],
    fill: (count) =>
      Int32Array.from(count === 14 ? [0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 1, 3] : [10, 200, 3000, 45, 678, 7, 99]),
  },
};

describe.each(Object.entries(MODELS))("%s", (name, { sizes, fill }) => {
  const model = REAL_MODELS.find((one) => one.name === name)!;
  const runs = isThere && isModelInstalled(model);

  test.skipIf(!runs)(
    `gives what TensorFlow.js makes of it${runs ? "" : " (skipped: npm run bench:models)"}`,
    async () => {
      const main = mainFile(model);
      const { modelTopology, format, signature, weightsManifest } = JSON.parse(await readFile(main, "utf8"));
      const groups: { paths: string[]; weights: object[] }[] = weightsManifest;
      const parts = await Promise.all(
        groups.flatMap(({ paths }) => paths.map((path) => readFile(join(dirname(main), path)))),
      );
      const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
      const weightSpecs = groups.flatMap(({ weights }) => weights);
      await assertSame({ modelTopology, format, signature, weightSpecs, weightData }, sizes, fill);
    },
  );
});
