import { bytesSource } from "@deep-compression/bits";
import { writeOnnx } from "@deep-compression/model-io";
import { architectureNamed, floatTensor, type Network } from "@deep-compression/network";
import { compress, open, type Plan } from "@deep-compression/pipeline";
import { denseVector } from "@deep-compression/sparse";
import { drawBias, drawWeights, type SyntheticLayer } from "./synthetic-network";

/** A network that was never trained, as a `.dcz` file and as the dense ONNX file that holds the same weights. */
export interface SyntheticFile {
  readonly stored: Uint8Array;
  readonly onnx: Uint8Array;
  /** Part of all weights that is not zero. */
  readonly density: number;
}

/** A network of the paper at its densities, each weight with as many shared values as the paper's bits tell apart, zero among them. */
export async function syntheticFile(
  name: "alexnet" | "vgg-16",
  layers: readonly SyntheticLayer[],
): Promise<SyntheticFile> {
  const { graph } = architectureNamed(name);
  const tensors = layers.flatMap((layer) => [
    floatTensor(`${layer.name}.weight`, layer.shape, denseVector(drawWeights(layer))),
    floatTensor(`${layer.name}.bias`, layer.shape.slice(0, 1), drawBias(layer)),
  ]);
  const plans = layers.map(({ name: layer, valueBits }) => {
    return [`${layer}.weight`, { share: { size: 2 ** valueBits - 1, method: "optimal" } }] as const;
  });
  const plan: Plan = { default: {}, tensors: Object.fromEntries(plans) };
  const { bytes: stored } = compress({ graph, tensors }, plan);
  const restored: Network = await (await open(bytesSource(stored))).network();
  const [kept, all] = [0, 1].map((what) =>
    layers.reduce((sum, { clumps }) => sum + clumps.rows * clumps.columns * (what === 0 ? clumps.density : 1), 0),
  ) as [number, number];
  return { stored, onnx: writeOnnx(restored), density: kept / all };
}
