import { type Attribute, floatAttribute, intAttribute } from "@deep-compression/network";
import { attributesBut, type Lowering, type LoweringSite } from "../lowering";
import { channelsLast } from "./products";

/** The code of float32 in ONNX's types. */
const FLOAT32 = 1;

/** What an input stands for, whose scale and zero point are the next two. */
function dequantized({ input, add }: LoweringSite, index: number, x = input(index)): string {
  return add("DequantizeLinear", [x, input(index + 1), input(index + 2)]);
}

/** Quantized by the scale at `index` and the zero point behind it; of the type of the input at `like` if there is none. */
function quantized({ input, add }: LoweringSite, value: string, index: number, like = 0): string {
  const zero = input(index + 1) || add("CastLike", [add("Constant", [], { value_int: 0 }), input(like)]);
  return add("QuantizeLinear", [value, input(index), zero]);
}

/** An operator of one quantized input, by one of floats with its attributes. */
function ofOne(op: string): Lowering {
  return (site) => [quantized(site, site.add(op, [dequantized(site, 0)], site.node.attributes), 3)];
}

/** An operator of two quantized inputs, by one of floats. */
function ofTwo(op: string): Lowering {
  return (site) => [quantized(site, site.add(op, [dequantized(site, 0), dequantized(site, 3)]), 6)];
}

/** A pool, whose channels may be last. */
function pool(op: string): Lowering {
  return (site) => {
    const attributes = attributesBut(site.node, ["channels_last"]);
    const lower = (x: string) => quantized(site, site.add(op, [dequantized(site, 0, x)], attributes), 3);
    return [channelsLast(site, 0, lower)];
  };
}

export const qLinearAdd = ofTwo("Add");
export const qLinearMul = ofTwo("Mul");
export const qLinearSigmoid = ofOne("Sigmoid");
export const qLinearLeakyRelu = ofOne("LeakyRelu");
/** The axes are an attribute, as before version 18, which the operator takes in any. */
export const qLinearReduceMean = ofOne("ReduceMean");
export const qLinearGlobalAveragePool = pool("GlobalAveragePool");
export const qLinearAveragePool = pool("AveragePool");

/** QLinearSoftmax: as Softmax is in the version that an attribute names. */
export const qLinearSoftmax: Lowering = (site) => {
  const { node, add } = site;
  const options = { opset: intAttribute(node, "opset", 13) };
  return [quantized(site, add("Softmax", [dequantized(site, 0)], attributesBut(node, ["opset"]), options), 3)];
};

/** QLinearConcat: scale and zero point of the output come first. */
export const qLinearConcat: Lowering = (site) => {
  const { node, add } = site;
  const values: string[] = [];
  for (let index = 2; index < node.inputs.length; index += 3) values.push(dequantized(site, index));
  return [quantized(site, add("Concat", values, node.attributes), 0, 2)];
};

/** QLinearWhere. */
export const qLinearWhere: Lowering = (site) => {
  const value = site.add("Where", [site.input(0), dequantized(site, 1), dequantized(site, 4)]);
  return [quantized(site, value, 7, 1)];
};

/** com.microsoft's QLinearConv: that of ONNX, whose channels may be last. */
export const qLinearConv: Lowering = (site) => {
  const attributes = attributesBut(site.node, ["channels_last"]);
  return [channelsLast(site, 0, (x) => site.add("QLinearConv", [x, ...site.node.inputs.slice(1)], attributes))];
};

/** A product of integers, which a bias may be added to, as the floats that it stands for by the product of two scales. */
function scaled({ input, add }: LoweringSite, sums: string, scales: readonly [string, string], bias?: number): string {
  const value = add("Mul", [add("Cast", [sums], { to: FLOAT32 }), add("Mul", scales)]);
  return bias === undefined || input(bias) === "" ? value : add("Add", [value, input(bias)]);
}

/** MatMulIntegerToFloat: inputs A, B, their scales, their zero points, a bias. */
export const matMulIntegerToFloat: Lowering = (site) => {
  const { input, add } = site;
  const sums = add("MatMulInteger", [input(0), input(1), input(4), input(5)]);
  return [scaled(site, sums, [input(2), input(3)], 6)];
};

/** DynamicQuantizeMatMul: inputs A, B, the scale and zero point of B, a bias. */
export const dynamicQuantizeMatMul: Lowering = (site) => {
  const { input, add, addAll } = site;
  const [a, scale, zero] = addAll("DynamicQuantizeLinear", [input(0)], 3) as [string, string, string];
  const sums = add("MatMulInteger", [a, input(1), zero, input(3)]);
  return [scaled(site, sums, [scale, input(2)], 4)];
};

/** QGemm: the product of quantized matrices plus a bias of integers, quantized if there is a scale for it. */
export const qGemm: Lowering = (site) => {
  const { node, input, add } = site;
  const matrix = (name: string, index: number) =>
    intAttribute(node, name, 0) === 0 ? input(index) : add("Transpose", [input(index)], { perm: [1, 0] });
  const product = add("MatMulInteger", [matrix("transA", 0), matrix("transB", 3), input(2), input(5)]);
  const sums = input(6) === "" ? product : add("Add", [product, input(6)]);
  const alpha: Attribute = { float: floatAttribute(node, "alpha", 1) };
  const scale = alpha.float === 1 ? input(1) : add("Mul", [input(1), add("Constant", [], { value_float: alpha })]);
  const value = scaled(site, sums, [scale, input(4)]);
  return [input(7) === "" ? value : quantized(site, value, 7)];
};
