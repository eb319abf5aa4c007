import { elementCount } from "@deep-compression/bits";
import { shapeOf } from "@deep-compression/network";
import type { Scope } from "./arena";
import type { Core } from "./core";
import { mix } from "./hash";

/** Labelled samples. Byte inputs are multiplied by `scale` as they are taken. */
export interface Samples {
  /** [count, ...sample shape], row-major. */
  readonly inputs: Uint8Array | Float32Array;
  /** One class a sample. */
  readonly labels: Uint8Array;
  /** Default 1/255. */
  readonly scale?: number;
}

/** Samples in the arena; addresses in bytes. */
export interface LoadedSamples {
  readonly count: number;
  /** Elements a sample. */
  readonly size: number;
  readonly kind: "bytes" | "floats";
  readonly scale: number;
  readonly inputs: number;
  readonly labels: number;
}

function checkSamples({ classes, graph }: Core, { inputs, labels }: Samples): void {
  const count = labels.length;
  const size = inputs.length / count;
  if (count === 0 || !Number.isInteger(size)) {
    throw new RangeError(
      `samples: expected inputs for each of ${count} labels (at least one), got ${inputs.length} numbers`,
    );
  }
  const expected = elementCount(shapeOf(graph.inputs[0]!).slice(1).map(Number));
  if (size !== expected) throw new RangeError(`samples: expected ${expected} elements a sample, got ${size}`);
  const unknown = labels.findIndex((label) => label >= classes);
  if (unknown >= 0)
    throw new RangeError(`samples.labels[${unknown}]: expected under ${classes}, got ${labels[unknown]}`);
}

/**
 * Copies the first `count` samples into the arena.
 * @throws RangeError if there are no samples, or they do not fit each other or the network.
 */
export function loadSamples(core: Core, scope: Scope, samples: Samples, count: number): LoadedSamples {
  checkSamples(core, samples);
  const { scale = 1 / 255 } = samples;
  const size = samples.inputs.length / samples.labels.length;
  const inputs = samples.inputs.subarray(0, count * size);
  const addresses = { inputs: scope.allocate(inputs.byteLength), labels: scope.allocate(count) };
  const { arena } = core.engine;
  if (inputs instanceof Uint8Array) arena.bytes(addresses.inputs, inputs.length).set(inputs);
  else arena.floats(addresses.inputs, inputs.length).set(inputs);
  arena.bytes(addresses.labels, count).set(samples.labels.subarray(0, count));
  return { count, size, kind: inputs instanceof Uint8Array ? "bytes" : "floats", scale, ...addresses };
}

/** Fills `order` with a random permutation of 0, 1, ... (Fisher and Yates) that depends on the seed alone. */
export function shuffle(order: Int32Array, seed: number): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  let state = mix(seed);
  for (let i = order.length - 1; i > 0; i--) {
    state = mix(state + 0x9e3779b9);
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
}
