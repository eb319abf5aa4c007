import { quoted } from "@deep-compression/runtime";
import type { Core } from "./core";
import { dryCompile } from "./dry-compile";
import { padded } from "./parameters";

/** Decay of the running squares a batch: they remember about the last fifty. */
export const TRACK_DECAY = 0.98;

/** Starts the running squares of every layer's inputs at zero, a copy a thread; their room is taken the first time. */
export function startTracking({ engine, parameters, tracking }: Core): void {
  tracking.batches = 0;
  for (const { name, count, shape } of parameters.list) {
    if (shape.length === 1) continue;
    const floats = padded(count / shape[0]!);
    const addresses =
      tracking.addresses.get(name) ?? Array.from({ length: engine.threads }, () => engine.arena.allocate(floats * 4));
    for (const address of addresses) engine.arena.floats(address, floats).fill(0);
    tracking.addresses.set(name, addresses);
  }
}

/** Rows of inputs an image that a weight meets: 1 for a dense layer, the output positions of a convolution, of each group. */
function positions({ network, graph }: Core, name: string): number {
  const { layers } = dryCompile({ ...network, graph });
  return layers[graph.nodes.findIndex(({ inputs }) => inputs[1] === name)]?.positions ?? 1;
}

/** Root mean square of each column's input; a convolution's over its output positions too. Zero before the first batch. */
export function inputRms(core: Core, name: string): Float32Array {
  const { parameters, tracking, engine, batch } = core;
  const { shape, count } = parameters.named(name);
  const addresses = tracking.addresses.get(name);
  if (!addresses) throw new RangeError(`inputRms(${quoted(name)}): no run has tracked its inputs (trackInputs)`);
  const columns = count / shape[0]!;
  const sums = new Float32Array(columns);
  for (const address of addresses) {
    const own = engine.arena.floats(address, columns);
    for (let i = 0; i < columns; i++) sums[i]! += own[i]!;
  }
  const remembered = (1 - TRACK_DECAY ** tracking.batches) / (1 - TRACK_DECAY);
  const weight = Math.max(remembered, 1) * batch * positions(core, name);
  return sums.map((sum) => Math.sqrt(sum / weight));
}
