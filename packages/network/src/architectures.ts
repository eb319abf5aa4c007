import { checkChoice } from "@deep-compression/runtime";
import { float } from "./graph";
import { type Architecture, chainLayers, conv, dense, type Layer, maxPool, plain } from "./layers";

/** Two hidden layers of 300 and 100 units on MNIST's 784 pixels; 266,610 parameters (Deep Compression, table 2). */
export const lenet300100: Architecture = chainLayers({
  name: "lenet-300-100",
  inputShape: [784],
  classes: 10,
  layers: [dense("ip1", [300, 784]), plain("Relu"), dense("ip2", [100, 300]), plain("Relu"), dense("ip3", [10, 100])],
});

/** Caffe's LeNet-5 on MNIST, no ReLU after the convolutions; 431,080 parameters (Deep Compression, table 3). */
export const lenet5: Architecture = chainLayers({
  name: "lenet-5",
  inputShape: [1, 28, 28],
  classes: 10,
  layers: [
    conv("conv1", [20, 1, 5, 5]),
    maxPool({ size: 2, stride: 2 }),
    conv("conv2", [50, 20, 5, 5]),
    maxPool({ size: 2, stride: 2 }),
    plain("Flatten"),
    dense("ip1", [500, 800]),
    plain("Relu"),
    dense("ip2", [10, 500]),
  ],
});

const NORMALIZE: Layer = plain("LRN", {
  size: 5,
  alpha: /* @__PURE__ */ float(1e-4),
  beta: /* @__PURE__ */ float(0.75),
});
const OVERLAPPING_POOL: Layer = maxPool({ size: 3, stride: 2 });
const RELU: Layer = plain("Relu");

/** The layers that AlexNet and VGG-16 end in; dropout does nothing at inference and is left out. */
/* @__NO_SIDE_EFFECTS__ */ function imageNetClassifier(features: number): readonly Layer[] {
  return [
    plain("Flatten"),
    dense("fc6", [4096, features]),
    RELU,
    dense("fc7", [4096, 4096]),
    RELU,
    dense("fc8", [1000, 4096]),
  ];
}

/** Caffe's bvlc_alexnet on 227x227 colour images; 60,965,224 parameters (Deep Compression, table 4). */
export const alexnet: Architecture = chainLayers({
  name: "alexnet",
  inputShape: [3, 227, 227],
  classes: 1000,
  layers: [
    conv("conv1", [96, 3, 11, 11], { stride: 4 }),
    RELU,
    NORMALIZE,
    OVERLAPPING_POOL,
    conv("conv2", [256, 48, 5, 5], { pad: 2, group: 2 }),
    RELU,
    NORMALIZE,
    OVERLAPPING_POOL,
    conv("conv3", [384, 256, 3, 3], { pad: 1 }),
    RELU,
    conv("conv4", [384, 192, 3, 3], { pad: 1, group: 2 }),
    RELU,
    conv("conv5", [256, 192, 3, 3], { pad: 1, group: 2 }),
    RELU,
    OVERLAPPING_POOL,
    ...imageNetClassifier(256 * 6 * 6),
  ],
});

/** A block of VGG: 3x3 convolutions from `channels[0]` to `channels[1]`, ..., each with a ReLU, and a 2x2 pool. */
/* @__NO_SIDE_EFFECTS__ */ function vggBlock(block: number, channels: readonly number[]): readonly Layer[] {
  const convolutions = channels.slice(1).flatMap((outputs, index) => {
    return [conv(`conv${block}_${index + 1}`, [outputs, channels[index]!, 3, 3], { pad: 1 }), RELU];
  });
  return [...convolutions, maxPool({ size: 2, stride: 2 })];
}

/** VGG-16 on 224x224 colour images; 138,357,544 parameters (Deep Compression, table 5). */
export const vgg16: Architecture = chainLayers({
  name: "vgg-16",
  inputShape: [3, 224, 224],
  classes: 1000,
  layers: [
    ...vggBlock(1, [3, 64, 64]),
    ...vggBlock(2, [64, 128, 128]),
    ...vggBlock(3, [128, 256, 256, 256]),
    ...vggBlock(4, [256, 512, 512, 512]),
    ...vggBlock(5, [512, 512, 512, 512]),
    ...imageNetClassifier(512 * 7 * 7),
  ],
});

/** The four networks of the paper. */
export const ARCHITECTURES: readonly Architecture[] = [lenet300100, lenet5, alexnet, vgg16];

/** The architecture of this name, such as "lenet-5". @throws RangeError that lists the names if there is none */
export function architectureNamed(name: string): Architecture {
  const names = ARCHITECTURES.map((architecture) => architecture.name);
  return ARCHITECTURES[names.indexOf(checkChoice("architecture", name, names))]!;
}
