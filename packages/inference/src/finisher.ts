import { rowsStep, UNCHANGED } from "./finish";
import type { Finisher, Operation, Operator, Site } from "./operation";

/** What a layer does to its outputs, by the nodes that it takes in: without any, its bias, input 2, is added. */
export function finisherOf(site: Site, channels = 0): Finisher {
  if (site.finish !== undefined) return site.finish(site, channels);
  return { steps: ([, , shifts]) => (shifts ? [rowsStep(UNCHANGED, shifts)] : []), rest: (_, output) => output };
}

/** An operator that does what follows it as `finisherOf` says. */
export function finishing(prepare: (site: Site) => Operation): Operator {
  return Object.assign(prepare, { finishes: true as const });
}
