import { checksummedFiles, containers } from "./container-targets";
import { bitmaskVectors, codeLengths, gapVectors, graphs, packedCodes, symbols } from "./stream-targets";
import type { Target } from "./target";

/** Every decoder under test. */
export const TARGETS: readonly Target[] = [
  checksummedFiles,
  containers,
  symbols,
  codeLengths,
  packedCodes,
  gapVectors,
  bitmaskVectors,
  graphs,
];

/** @throws RangeError if there is none of that name */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (target !== undefined) return target;
  throw new RangeError(`target: expected one of ${TARGETS.map((t) => t.name).join(", ")}, got "${name}"`);
}
