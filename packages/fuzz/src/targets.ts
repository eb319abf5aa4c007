import { CHECKSUMMED_FILES, CONTAINERS } from "./container-targets";
import {
  BITMASK_VECTORS,
  CODE_LENGTHS,
  DEFLATE_STREAMS,
  ENVELOPES,
  GAP_VECTORS,
  GRAPHS,
  MIXED_BYTES,
  PACKED_CODES,
  RANKS,
  SPLITS,
  SYMBOLS,
} from "./stream-targets";
import type { Target } from "./trial";

/** Every decoder under test. */
export const TARGETS: readonly Target[] = [
  CHECKSUMMED_FILES,
  CONTAINERS,
  SYMBOLS,
  RANKS,
  SPLITS,
  CODE_LENGTHS,
  PACKED_CODES,
  GAP_VECTORS,
  BITMASK_VECTORS,
  GRAPHS,
  ENVELOPES,
  DEFLATE_STREAMS,
  MIXED_BYTES,
];

/** @throws RangeError if there is none of that name */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (target !== undefined) return target;
  throw new RangeError(`target: expected one of ${TARGETS.map((t) => t.name).join(", ")}, got "${name}"`);
}
