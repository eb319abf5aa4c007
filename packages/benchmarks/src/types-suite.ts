import { BYTE_MODELS_CASE } from "./byte-models-case";
import type { Case } from "./harness";
import { LOSSLESS_CASES } from "./lossless-cases";

/** Tensors of every type without loss: bytes, and the speed of decoding. */
export const TYPES_CASES: readonly Case[] = [...LOSSLESS_CASES, BYTE_MODELS_CASE];
