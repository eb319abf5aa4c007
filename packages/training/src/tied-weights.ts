import type { Core } from "./core";
import type { Parameter } from "./parameters";
import { MAXIMUM_CENTROIDS, setMask, share } from "./weight-constraints";

/** Operators whose second input is a weight. */
const WITH_WEIGHTS: ReadonlySet<string> = new Set(["Gemm", "MatMul", "Conv"]);

/**
 * Ties the equal weights of each tensor to each other, and holds zeros at zero; biases and factors of normalizations are free.
 * @returns the tensors that stay as they are: those that are not to be trained, and those of too many different weights
 */
export function tieEqualWeights(core: Core, trained: ReadonlySet<string> | undefined): ReadonlySet<string> {
  const frozen = new Set<string>();
  const weights = new Set(core.graph.nodes.filter(({ op }) => WITH_WEIGHTS.has(op)).map(({ inputs }) => inputs[1]));
  for (const parameter of core.parameters.list) {
    const isTrained = trained?.has(parameter.name) ?? true;
    const isWeight = weights.has(parameter.name);
    if (!isTrained || (isWeight && !tie(core, parameter))) frozen.add(parameter.name);
  }
  return frozen;
}

/** Whether the weights of a tensor are few enough to be tied; then they are. */
function tie(core: Core, { name, weights: address, count }: Parameter): boolean {
  const weights = core.engine.arena.floats(address, count);
  const values = [...new Set(weights)].filter((value) => value !== 0).sort((a, b) => a - b);
  if (values.length === 0 || values.length > MAXIMUM_CENTROIDS) return false;
  const codeOf = new Map(values.map((value, code) => [value, code]));
  const codes = Uint16Array.from(weights, (value) => codeOf.get(value) ?? 0);
  const mask = Uint8Array.from(weights, (value) => (value === 0 ? 0 : 1));
  setMask(core, name, mask);
  share(core, name, { centroids: Float32Array.from(values), codes });
  return true;
}
