import { elementCount } from "@deep-compression/bits";
import { floatAttribute, intAttribute, misfit } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { activationAt, biasAt, type Operation, type Site, weightAt } from "./operation";
import { multiplyRows } from "./row-kernels";
import { weightRows, weightRowsBytes } from "./weight-rows";

/** Gemm with transA = 0: alpha * x * B + beta * C, where B is a weight ([outputs, inputs] if transB) and C a bias. */
export function gemm(site: Site): Operation {
  const { node } = site;
  const { shape } = activationAt(site, 0);
  if (intAttribute(node, "transA", 0) !== 0) throw misfit(node, "expected transA 0, got 1");
  if (shape.length !== 1) throw misfit(node, `expected an input of rank 2, got ${shapeText(["N", ...shape])}`);
  return matrixProduct(site, {
    outputs: intAttribute(node, "transB", 0) === 0 ? "columns" : "rows",
    scale: floatAttribute(node, "alpha", 1),
    biasScale: floatAttribute(node, "beta", 1),
  });
}

/** MatMul of an activation [..., inputs] with a weight [inputs, outputs]. */
export function matMul(site: Site): Operation {
  return matrixProduct(site, { outputs: "columns", scale: 1, biasScale: 1 });
}

function matrixProduct(
  site: Site,
  options: { readonly outputs: "rows" | "columns"; readonly scale: number; readonly biasScale: number },
): Operation {
  const { outputs, scale, biasScale } = options;
  const item = activationAt(site, 0).shape;
  const { name, weight } = weightAt(site, 1, 2);
  const [rows = 0, columns = 0] = weight.shape;
  const [outputSize, inputSize] = outputs === "rows" ? [rows, columns] : [columns, rows];
  if (item.at(-1) !== inputSize) {
    const expected = `weight ${quoted(name)} expected an input of shape [N,...,${inputSize}]`;
    throw misfit(site.node, `${expected}, got ${shapeText(["N", ...item])}`);
  }
  const inputOffsets = Uint32Array.from({ length: inputSize }, (_, input) => input);
  const outputOffsets = new Uint32Array(outputSize);
  const prepared = weightRows(weight, { name, rows, columns, outputs, inputs: "own", inputOffsets, outputOffsets });
  const { inputScales } = prepared;
  const bias = biasAt(site, 2, { size: outputSize, scale: biasScale });
  const lead = item.slice(0, -1);
  const positions = Uint32Array.from({ length: elementCount(lead) }, (_, position) => position * inputSize);
  return {
    shape: [...lead, outputSize],
    weightBytes: weightRowsBytes(prepared) + (bias?.byteLength ?? 0),
    scratchFeatures: inputScales ? elementCount(item) : 0,
    run: ({ inputs: [input], output: y, scratch, lanes }) => {
      const x = inputScales
        ? scaledInputs(input, inputScales, { into: scratch, length: positions.length * inputSize * lanes, lanes })
        : input;
      multiplyRows(prepared, { x, y, lanes, positions, rowStride: 1, positionStride: outputSize, scale, bias });
    },
  };
}

/** Each input times its scale, at every position; rounded to float32. */
function scaledInputs(
  x: Float32Array,
  scales: Float32Array,
  { into, length, lanes }: { readonly into: Float32Array; readonly length: number; readonly lanes: number },
): Float32Array {
  for (let at = 0, input = 0; at < length; at += lanes, input = input + 1 < scales.length ? input + 1 : 0) {
    for (let lane = 0; lane < lanes; lane++) into[at + lane] = x[at + lane]! * scales[input]!;
  }
  return into;
}
