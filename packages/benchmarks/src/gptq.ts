import { type CrossMoments, crossMoments, inverseFactor, rateAwarePass } from "@deep-compression/calibration";
import { writeOnnx } from "@deep-compression/model-io";
import { floatTensor, type Network, type Tensor } from "@deep-compression/network";
import { type PlainRounding, roundedByRow } from "@deep-compression/network-calibration";
import { seededRandom } from "@deep-compression/runtime";
import { type MatrixLayer, matrixLayerOf } from "./matrix-layer";
import { type ModelItems, openInRuntime, someItems } from "./onnxruntime-session";
import { float32Weights, type QuantizedModel, restOf, withTensors, xzLength } from "./peer-quantizers";
import { entropyBytes } from "./symbol-samples";

const BITS = 4;
const MOST = 2 ** (BITS - 1) - 1;
const GRID = Float32Array.from({ length: 2 * MOST + 1 }, (_, i) => i - MOST);

/** Added to the diagonal, as a fraction of its mean: what GPTQ takes. */
const DAMPING = 0.01;

/** Rows of inputs of a layer, of all items; patches of convolutions are drawn. */
const ROWS = 8192;

/**
 * GPTQ (Frantar et al. 2023) as it is commonly run: 4 bits, a scale for each output, columns by descending second moments, with the
 * inputs that the dense network gives each layer. Conv, Gemm and MatMul by a constant; other weights are rounded by themselves. Bytes:
 * order-0 entropy of the codes, a scale of 16 bits a row, and the rest of the file packed by `xz -9`.
 */
export async function gptq(network: Network, items: ModelItems, batch: number): Promise<QuantizedModel> {
  const graph = network.graph!;
  const originals = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  const layers = graph.nodes.flatMap((node) => matrixLayerOf(node, originals) ?? []);
  const wanted = [...new Set(layers.map(({ value }) => value))];
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const outputs = wanted.filter((name) => !inputs.has(name)).map((name) => ({ name }));
  const session = await openInRuntime(writeOnnx({ ...network, graph: { ...graph, outputs } }));
  const random = seededRandom(1);
  const moments = layers.map(({ groups, columns }) =>
    Array.from({ length: groups }, () => crossMoments({ left: columns, right: columns })),
  );
  const runs = Math.ceil(items.count / batch);
  for (let first = 0; first < items.count; first += batch) {
    const { arrays } = someItems(items, first, Math.min(items.count, first + batch));
    const made = { ...arrays, ...(await session.run(arrays)) };
    for (const [i, layer] of layers.entries()) {
      for (const [group, sum] of moments[i]!.entries()) {
        const rows = layer.rowsOf(made[layer.value]!, { group, count: Math.ceil(ROWS / runs), random });
        sum.add(rows, rows);
      }
    }
  }
  await session.close();
  const hessians = moments.map((sums) => sums.map((sum) => secondMoments(sum.moments())));
  const places = new Map(layers.map(({ tensor }, i) => [tensor.name, i]));
  const tensors = new Map<string, Tensor>();
  let bytes = xzLength(restOf(network));
  for (const tensor of float32Weights(network)) {
    const place = places.get(tensor.name);
    const { values, codes, scales } =
      place === undefined ? roundedByRow(tensor, BITS) : quantized(layers[place]!, hessians[place]!);
    const counts = new Uint32Array(GRID.length);
    for (const code of codes) counts[code + MOST]!++;
    bytes += entropyBytes(counts) + 2 * scales.length;
    tensors.set(tensor.name, floatTensor(tensor.name, tensor.shape, values));
  }
  return { onnx: withTensors(network, tensors), bytes };
}

/** X^T X itself, not about the means. */
function secondMoments({ count, leftMeans, products }: CrossMoments): Float64Array {
  const size = leftMeans.length;
  return products.map((product, i) => product + count * leftMeans[Math.floor(i / size)]! * leftMeans[i % size]!);
}

function quantized(
  { weights, rows, columns, groups, tensorValues }: MatrixLayer,
  hessians: readonly Float64Array[],
): PlainRounding {
  const codes = new Int8Array(weights.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = weights.subarray(row * columns, (row + 1) * columns);
    scales[row] = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / MOST;
  }
  const perGroup = rows / groups;
  for (const [group, hessian] of hessians.entries()) {
    const found = inverseFactor(hessian, columns, { damping: DAMPING, order: "variance" });
    if (found === undefined) throw new Error("a Hessian is not positive definite");
    const { order, factor } = found;
    const first = group * perGroup;
    const ordered = new Float64Array(perGroup * columns);
    for (let i = 0; i < ordered.length; i++) {
      ordered[i] = weights[(first + Math.floor(i / columns)) * columns + order[i % columns]!]!;
    }
    const own = rateAwarePass(ordered, {
      rows: perGroup,
      columns,
      factor,
      scales: scales.slice(first, first + perGroup).map((scale) => scale || 1),
      centroids: GRID,
      bits: new Float64Array(GRID.length),
      lambda: 0,
    });
    for (let i = 0; i < own.length; i++) {
      codes[(first + Math.floor(i / columns)) * columns + order[i % columns]!] = own[i]! - MOST;
    }
  }
  const values = Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / columns)]!);
  return { codes, scales, values: tensorValues(values) };
}
