import { describeNode, type Node } from "@deep-compression/network";
import { describeValue } from "@deep-compression/runtime";
import { convLayer } from "./conv-layer";
import { gemmLayer, matMulLayer } from "./dense-layer";
import { addLayer, clipLayer, reluLayer } from "./elementwise-layers";
import { type CompiledLayer, type LayerCompiler, type LayerContext, refuse, type Value } from "./layer";
import { batchNormalizationLayer } from "./normalization-layer";
import { averagePoolLayer, globalAveragePoolLayer, maxPoolLayer, reduceMeanLayer } from "./pooling-layers";
import { concatLayer, flattenLayer, identityLayer, padLayer, reshapeLayer, sliceLayer } from "./rearranging-layers";

const LAYERS: Readonly<Record<string, LayerCompiler>> = {
  Gemm: gemmLayer,
  MatMul: matMulLayer,
  Conv: convLayer,
  BatchNormalization: batchNormalizationLayer,
  Relu: reluLayer,
  Clip: clipLayer,
  Add: addLayer,
  MaxPool: maxPoolLayer,
  AveragePool: averagePoolLayer,
  GlobalAveragePool: globalAveragePoolLayer,
  ReduceMean: reduceMeanLayer,
  Flatten: flattenLayer,
  Reshape: reshapeLayer,
  Slice: sliceLayer,
  Pad: padLayer,
  Concat: concatLayer,
  Identity: identityLayer,
  Dropout: identityLayer,
};

/** Whether there is a layer for the operator of a node. */
export function isKnown({ op, domain }: Node): boolean {
  return domain === undefined && Object.hasOwn(LAYERS, op);
}

/**
 * Emits the forward pass of a node over the values among its inputs, and gives its output and its backward pass.
 * @throws RangeError if training does not support the node, naming it.
 */
export function compileLayer(context: LayerContext, node: Node, inputs: readonly Value[]): CompiledLayer {
  const layer = (isKnown(node) && LAYERS[node.op]) || refuse(node, "this operator");
  const [first, ...others] = inputs;
  if (first === undefined)
    throw new RangeError(`${describeNode(node)}: expected a value, got ${describeValue(node.inputs[0])}`);
  return layer(context, node, [first, ...others]);
}
