import { floatAttribute, intAttribute, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import {
  allocateValue,
  type CompiledLayer,
  emitProduct,
  type LayerCompiler,
  type LayerContext,
  ownGradients,
  refuse,
  type Value,
} from "./layer";

/** y = x W^T + b, or x W + b where transB is 0. */
export const gemmLayer: LayerCompiler = (context, node, [input]) => {
  if (intAttribute(node, "transA", 0) !== 0) refuse(node, "transA = 1");
  if (floatAttribute(node, "alpha", 1) !== 1 || floatAttribute(node, "beta", 1) !== 1)
    refuse(node, "alpha or beta other than 1");
  const transposed = intAttribute(node, "transB", 0) !== 0 ? 1 : 0;
  return denseLayer(context, node, { input, transposed, bias: node.inputs[2] });
};

export const matMulLayer: LayerCompiler = (context, node, [input]) =>
  denseLayer(context, node, { input, transposed: 0, bias: undefined });

function denseLayer(
  context: LayerContext,
  node: Node,
  {
    input,
    transposed,
    bias: biasName,
  }: {
    readonly input: Value;
    /** Whether the weight is [outputs, inputs]. */
    readonly transposed: 0 | 1;
    readonly bias: string | undefined;
  },
): CompiledLayer {
  const weight = context.parameters.named(node.inputs[1]!);
  const [rows = 1, ldb = 1, ...more] = weight.shape;
  const [outputs, inputs] = transposed ? [rows, ldb] : [ldb, rows];
  if (more.length > 0) refuse(node, "a weight that is no matrix");
  if (!input.flat || inputs !== input.channels) refuse(node, `an input that is not [N, ${inputs}]`);
  const bias = biasName ? context.parameters.named(biasName) : undefined;
  if (bias && bias.count !== outputs) refuse(node, `a bias that is not ${shapeText([outputs])}`);
  const { images, emit } = context;
  const output = allocateValue(context, { flat: true, channels: outputs, height: 1, width: 1 });
  const [x, w] = [
    { a: input.data, lda: inputs },
    { b: weight.weights, ldb },
  ];
  const sizes = { m: images, n: outputs, k: inputs };
  emitProduct(context, { ...sizes, ...x, ...w, transposeB: transposed, c: output.data, ldc: outputs });
  if (bias) emit({ op: "addRowBias", rows: images, columns: outputs, y: output.data, bias: bias.weights });
  const squares = context.trackerOf(weight.name);
  if (squares && !transposed) refuse(node, "tracking the inputs of a weight that is [inputs, outputs]");
  const decay = context.trackDecay;
  if (squares) emit({ op: "trackColumns", rows: images, columns: inputs, x: input.data, squares, decay });
  const backward = () => {
    const dy = { a: output.gradient, lda: outputs };
    const dw = { c: ownGradients(context, weight), ldc: ldb };
    if (transposed)
      emitProduct(context, {
        m: outputs,
        n: inputs,
        k: images,
        ...dy,
        transposeA: 1,
        b: input.data,
        ldb: inputs,
        ...dw,
      });
    else emitProduct(context, { m: inputs, n: outputs, k: images, ...x, transposeA: 1, b: dy.a, ldb: outputs, ...dw });
    if (bias) emit({ op: "columnSums", rows: images, columns: outputs, x: dy.a, out: ownGradients(context, bias) });
    if (!input.gradient) return;
    const dx = { m: images, n: inputs, k: outputs, ...dy, ...w, c: input.gradient, ldc: inputs };
    emitProduct(context, { ...dx, transposeB: transposed ? 0 : 1 });
  };
  return { output, backward, positions: 1 };
}
