export { ARCHITECTURES, alexnet, architectureNamed, lenet5, lenet300100, vgg16 } from "./architectures";
export { assertGraph, checkGraph } from "./check-graph";
export {
  ELEMENT_TYPES,
  type ElementType,
  type ElementTypeInfo,
  elementBytes,
  elementTypeOfCode,
  isFloatType,
  numberType,
} from "./element-types";
export { elementReader, elementsOfValues, numericValues, valuesOfType } from "./element-values";
export {
  type Attribute,
  describeNode,
  float,
  floatAttribute,
  functionAttribute,
  type Graph,
  type GraphFunction,
  intAttribute,
  intsAttribute,
  MAX_NODES,
  misfit,
  type Node,
  operatorName,
  type Subgraph,
  shapeOf,
  stringAttribute,
  type ValueInfo,
} from "./graph";
export { inferShapes } from "./infer-shapes";
export type { Architecture, Parameter } from "./layers";
export { checkNarrower, narrowElements, narrowerTypes, widenElements } from "./narrow-elements";
export {
  assertNetwork,
  assertOutline,
  checkMetadata,
  checkReads,
  type Network,
  type NetworkOutline,
  type NetworkSource,
  type TensorSource,
} from "./network";
export { nonNegativeInputAxes } from "./non-negative-inputs";
export { type NotQuantized, type Quantization, quantizationOf } from "./quantization";
export { type Constant, type QuantizationConstants, quantizedWeights } from "./quantized-weights";
export { RANDOM_OPERATORS } from "./random-operators";
export type { ShapedTensor } from "./shapes";
export { subgraphsIn, subgraphsOf } from "./subgraphs";
export { assertTensor, floatTensor, floatValues, type Tensor, tensorBytes } from "./tensor";
export { valuesRead } from "./values-read";
export type { TensorUse } from "./weight-shapes";
export { tensorUses, weightTensors } from "./weight-uses";
export { type Window, windowsOf } from "./window";
