import { quoted } from "@deep-compression/runtime";
import type { Core } from "./core";
import { allocateShared, type Parameter, type SharedParameter } from "./parameters";

/** A codebook for the weights of a tensor: weight i becomes centroids[codes[i]]. */
export interface TensorCodebook {
  readonly centroids: Float32Array;
  readonly codes: Uint8Array | Uint16Array;
}

function checkLength(what: string, expected: number, got: number): void {
  if (expected !== got) throw new RangeError(`${what}: expected ${expected} elements, got ${got}`);
}

export function maskOf({ engine, parameters }: Core, name: string): Uint8Array {
  const { mask, count } = parameters.named(name);
  return Uint8Array.from(engine.arena.floats(mask, count));
}

/** Holds the weights that are 0 in the mask at zero from now on; shared ones leave their codebook. */
export function setMask(core: Core, name: string, mask: Uint8Array): void {
  const { engine, parameters } = core;
  const parameter = parameters.named(name);
  checkLength(`mask of ${quoted(name)}`, parameter.count, mask.length);
  parameter.masked = true;
  const held = engine.arena.floats(parameter.mask, parameter.count);
  const weights = engine.arena.floats(parameter.weights, parameter.count);
  const codes = parameter.shared && engine.arena.codes(parameter.shared.codes, parameter.count);
  for (let i = 0; i < mask.length; i++) {
    held[i] = mask[i] === 0 ? 0 : 1;
    if (mask[i] !== 0) continue;
    weights[i] = 0;
    if (codes) codes[i] = 0;
  }
}

/** Gives a parameter room for a codebook of `size` centroids, the pruned zero included. */
export function attachCodebook({ engine }: Core, parameter: Parameter, size: number): SharedParameter {
  const { arena, threads } = engine;
  if (parameter.shared && parameter.shared.size !== size) {
    arena.free(parameter.shared.centroids);
    parameter.shared = undefined;
  }
  parameter.shared ??= allocateShared(arena, parameter.count, size, threads);
  arena.floats(parameter.shared.mask, size).fill(1)[0] = 0;
  return parameter.shared;
}

function writeWeights(core: Core, parameter: Parameter, shared: SharedParameter): void {
  const { arena } = core.engine;
  const codes = arena.codes(shared.codes, parameter.count);
  const centroids = arena.floats(shared.centroids, shared.size);
  const weights = arena.floats(parameter.weights, parameter.count);
  for (let i = 0; i < weights.length; i++) weights[i] = centroids[codes[i]!]!;
}

/** Centroids of a codebook: one of the 65,536 codes is the pruned zero's. */
export const MAXIMUM_CENTROIDS = 65535;

/** Ties the weights that the mask keeps to a codebook. */
export function share(core: Core, name: string, { centroids, codes }: TensorCodebook): void {
  const { arena } = core.engine;
  const parameter = core.parameters.named(name);
  checkLength(`codes of ${quoted(name)}`, parameter.count, codes.length);
  if (centroids.length === 0 || centroids.length > MAXIMUM_CENTROIDS)
    throw new RangeError(`centroids of ${quoted(name)}: expected 1 to ${MAXIMUM_CENTROIDS}, got ${centroids.length}`);
  const past = codes.findIndex((code) => code >= centroids.length);
  if (past >= 0)
    throw new RangeError(`codes[${past}] of ${quoted(name)}: expected under ${centroids.length}, got ${codes[past]}`);
  const shared = attachCodebook(core, parameter, centroids.length + 1);
  const kept = arena.floats(parameter.mask, parameter.count);
  const held = arena.codes(shared.codes, parameter.count);
  for (let i = 0; i < codes.length; i++) held[i] = kept[i] === 0 ? 0 : codes[i]! + 1;
  arena.floats(shared.centroids, shared.size).set(centroids, 1);
  writeWeights(core, parameter, shared);
}

function requireShared(core: Core, name: string): SharedParameter {
  const { shared } = core.parameters.named(name);
  if (!shared) throw new RangeError(`${quoted(name)} has no codebook: share it first`);
  return shared;
}

export function centroidsOf(core: Core, name: string): Float32Array {
  const shared = requireShared(core, name);
  return core.engine.arena.floats(shared.centroids, shared.size).slice(1);
}

export function setCentroids(core: Core, name: string, centroids: Float32Array): void {
  const shared = requireShared(core, name);
  checkLength(`centroids of ${quoted(name)}`, shared.size - 1, centroids.length);
  core.engine.arena.floats(shared.centroids, shared.size).set(centroids, 1);
  writeWeights(core, core.parameters.named(name), shared);
}
