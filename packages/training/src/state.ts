import { quoted } from "@deep-compression/runtime";
import type { Core } from "./core";
import { startTracking } from "./input-rms";
import type { Parameter } from "./parameters";
import { attachCodebook } from "./weight-constraints";

/** Everything that training needs to go on as if it had not stopped: arrays by name. */
export type TrainerState = ReadonlyMap<string, Float32Array>;

interface StateArray {
  readonly name: string;
  readonly address: number;
  readonly count: number;
  readonly kind: "floats" | "codes";
}

function arraysOf({ name, count, weights, moments, mask, shared }: Parameter): StateArray[] {
  const array = (part: string, address: number, length: number, kind: StateArray["kind"] = "floats") => {
    return { name: `${name}:${part}`, address, count: length, kind };
  };
  const own = [
    array("weights", weights, count),
    array("moment1", moments[0], count),
    array("moment2", moments[1], count),
    array("mask", mask, count),
  ];
  if (!shared) return own;
  return [
    ...own,
    array("centroids", shared.centroids, shared.size),
    array("centroid-moment1", shared.moments[0], shared.size),
    array("centroid-moment2", shared.moments[1], shared.size),
    array("codes", shared.codes, count, "codes"),
  ];
}

function trackers({ parameters, tracking }: Core): StateArray[] {
  return [...tracking.addresses].flatMap(([name, addresses]) => {
    const { count, shape } = parameters.named(name);
    return addresses.map((address, thread): StateArray => {
      return { name: `${name}:squares${thread}`, address, count: count / shape[0]!, kind: "floats" };
    });
  });
}

export function captureState(core: Core): TrainerState {
  const arrays = [...core.parameters.list.flatMap(arraysOf), ...trackers(core)];
  const { arena } = core.engine;
  const state = new Map(
    arrays.map(({ name, kind, address, count }) => [name, Float32Array.from(arena[kind](address, count))]),
  );
  return state.set("tracked-batches", Float32Array.of(core.tracking.batches));
}

/** @throws RangeError if an array of the state is missing or has another length. */
export function restoreState(core: Core, state: TrainerState): void {
  for (const parameter of core.parameters.list) {
    const centroids = state.get(`${parameter.name}:centroids`);
    if (centroids) attachCodebook(core, parameter, centroids.length);
  }
  const tracked = [...state.keys()].some((name) => name.endsWith(":squares0"));
  if (tracked) startTracking(core);
  for (const array of [...core.parameters.list.flatMap(arraysOf), ...trackers(core)]) {
    const values = state.get(array.name);
    if (values?.length !== array.count) {
      throw new RangeError(
        `state: expected ${array.count} numbers for ${quoted(array.name)}, got ${values?.length ?? "none"}`,
      );
    }
    core.engine.arena[array.kind](array.address, array.count).set(values);
  }
  core.tracking.batches = state.get("tracked-batches")?.[0] ?? 0;
  for (const parameter of core.parameters.list) {
    parameter.masked = core.engine.arena.floats(parameter.mask, parameter.count).includes(0);
  }
}
