import { floatAttribute, stringAttribute } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { Lowered, Lowering, LoweringSite } from "../lowering";

/** The parameters of the functions that layers end with. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  Clip: ["min", "max"],
  Elu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  HardSwish: [],
  LeakyRelu: ["alpha"],
  Relu: [],
  Selu: ["alpha", "gamma"],
  Sigmoid: [],
  Softplus: [],
  Softsign: [],
  Tanh: [],
  ThresholdedRelu: ["alpha"],
};

/**
 * A value after the function that the attribute `activation` names.
 *
 * @param parameter the value of a parameter, by its name and place; undefined: the function's own default
 */
export function activated(
  site: LoweringSite,
  value: string,
  parameter: (name: string, index: number) => number | undefined,
): Lowered {
  const name = stringAttribute(site.node, "activation", "");
  if (name === "") return [value];
  const names = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  if (names === undefined) return { whyNot: `the activation ${quoted(name)} is not known` };
  const given = names.flatMap((key, index) => {
    const number = parameter(key, index);
    return number === undefined ? [] : ([[key, number]] as const);
  });
  const attributes = Object.fromEntries(given.map(([key, number]) => [key, { float: number }]));
  // The bounds of Clip are attributes before version 11 and inputs since.
  const bounds = name === "Clip" ? given.map(([, bound]) => site.numberLike(1, bound)) : [];
  return [site.add(name, [value, ...bounds], attributes)];
}

/** The input at 0, plus that at 1 if it is there. */
function biased({ input, add }: LoweringSite): string {
  return input(1) === "" ? input(0) : add("Add", [input(0), input(1)]);
}

/** Gelu, BiasGelu. */
export const gelu: Lowering = (site) => [site.add("Gelu", [biased(site)])];

/** FastGelu. */
export const fastGelu: Lowering = (site) => [site.add("Gelu", [biased(site)], { approximate: "tanh" })];

/** QuickGelu: x times the sigmoid of alpha x. */
export const quickGelu: Lowering = ({ node, input, add }) => [
  add("Swish", [input(0)], { alpha: { float: floatAttribute(node, "alpha", 1.702) } }),
];

/** BiasSplitGelu: half of the last axis times the Gelu of the other half. */
export const biasSplitGelu: Lowering = (site) => {
  const [left, right] = site.addAll("Split", [biased(site)], 2, { axis: -1 });
  return [site.add("Mul", [left!, site.add("Gelu", [right!])])];
};
