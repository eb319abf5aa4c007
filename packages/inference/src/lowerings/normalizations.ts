import { floatAttribute, type Node } from "@deep-compression/network";
import { attributesOf, type Lowering, type LoweringSite } from "../lowering";

/** SimplifiedLayerNormalization: LayerNormalization that takes no mean off. */
export const simplifiedLayerNormalization: Lowering = (site) => {
  if (site.isRead(1)) return { whyNot: "its inverse deviations are read" };
  return [site.add("RMSNormalization", [site.input(0), site.input(1)], attributesOf(site.node, ["axis", "epsilon"]))];
};

/** LayerNormalization. */
export const layerNormalization: Lowering = ({ node, addAll }) =>
  addAll("LayerNormalization", node.inputs, node.outputs.length, attributesOf(node, ["axis", "epsilon"]));

/** The sum of the first two inputs and, if it is there, of the bias at `bias`. */
function skipSum({ input, add }: LoweringSite, bias: number): string {
  const sum = add("Add", [input(0), input(1)]);
  return input(bias) === "" ? sum : add("Add", [sum, input(bias)]);
}

/** onnxruntime's default is 1e-12, of ONNX 1e-5. */
function epsilonOf(node: Node): Node["attributes"] {
  return { epsilon: { float: floatAttribute(node, "epsilon", 1e-12) } };
}

/** SkipLayerNormalization: of the sum of two inputs and a bias; the sum is its fourth output. */
export const skipLayerNormalization: Lowering = (site) => {
  const sum = skipSum(site, 4);
  const [y, mean, inverse] = site.addAll(
    "LayerNormalization",
    [sum, site.input(2), site.input(3)],
    3,
    epsilonOf(site.node),
  );
  return [y!, mean!, inverse!, sum];
};

/** SkipSimplifiedLayerNormalization. */
export const skipSimplifiedLayerNormalization: Lowering = (site) => {
  if (site.isRead(1) || site.isRead(2)) return { whyNot: "its means or inverse deviations are read" };
  const sum = skipSum(site, 3);
  return [site.add("RMSNormalization", [sum, site.input(2)], epsilonOf(site.node)), "", "", sum];
};
