import { floatAttribute, intAttribute } from "@deep-compression/network";
import { attributesBut, type Lowering, type LoweringSite } from "../lowering";
import { activated } from "./activations";

/** An input whose last two axes are exchanged: of a weight in its codes, where the number of its axes is known. */
function transposed({ input, stored, add }: LoweringSite, index: number): string {
  const rank = stored(index)?.shape.length ?? 0;
  if (rank < 2) return add("Einsum", [input(index)], { equation: "...ij->...ji" });
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return add("Transpose", [input(index)], { perm: [...order.slice(0, -2), rank - 1, rank - 2] });
}

/** FusedMatMul, TransposeMatMul: a product of matrices that may be transposed, times alpha. */
export const fusedMatMul: Lowering = (site) => {
  const { node, input, add } = site;
  const isSet = (name: string) => intAttribute(node, name, 0) !== 0;
  if (isSet("transBatchA") || isSet("transBatchB")) return { whyNot: "transBatchA and transBatchB are not taken" };
  const [a, b] = ["transA", "transB"].map((name, index) => (isSet(name) ? transposed(site, index) : input(index)));
  const product = add("MatMul", [a!, b!]);
  const alpha = floatAttribute(node, "alpha", 1);
  return [alpha === 1 ? product : add("Mul", [product, site.numberLike(1, alpha)])];
};

/** FusedGemm: Gemm and a function of its outputs. */
export const fusedGemm: Lowering = (site) => {
  const { node, add } = site;
  const own = ["activation", "activation_alpha", "activation_beta", "activation_gamma"];
  return activated(site, add("Gemm", node.inputs, attributesBut(node, own)), (name) => {
    const given = floatAttribute(node, `activation_${name}`, Number.NaN);
    return Number.isNaN(given) ? undefined : given;
  });
};

/** FusedConv: Conv, a sum with another value, and a function of that. */
export const fusedConv: Lowering = (site) => {
  const { node, input, add } = site;
  const convolved = add("Conv", node.inputs.slice(0, 3), attributesBut(node, ["activation", "activation_params"]));
  const sum = input(3) === "" ? convolved : add("Add", [convolved, input(3)]);
  const { activation_params: given } = node.attributes;
  const parameters = typeof given === "object" && "floats" in given ? given.floats : [];
  return activated(site, sum, (_, index) => parameters[index]);
};

/** An operator with the channels last: on the input at `index` with its channels second, and back. */
export function channelsLast(site: LoweringSite, index: number, lower: (x: string) => string): string {
  const { node, input, add } = site;
  if (intAttribute(node, "channels_last", 0) === 0) return lower(input(index));
  const x = add("Einsum", [input(index)], { equation: "b...c->bc..." });
  return add("Einsum", [lower(x)], { equation: "bc...->b...c" });
}
