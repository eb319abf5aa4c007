import { CONFORMANCE_CASE } from "./conformance-case";
import type { Case } from "./harness";
import { MEMORY_CASES } from "./memory-cases";
import { REAL_MODELS_CASE } from "./real-models-case";

/** Models that others made: whether they come back, how small they get, and whether they still work. */
export const MODELS_CASES: readonly Case[] = [REAL_MODELS_CASE, CONFORMANCE_CASE, ...MEMORY_CASES];
