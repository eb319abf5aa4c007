import { CODEBOOK_CASE } from "./codebook-case";
import { CONTEXT_CASES } from "./context-case";
import type { Case } from "./harness";
import { HUFFMAN_CASES } from "./huffman-cases";
import { SIZE_CASES } from "./size-cases";
import { THRESHOLD_CASE } from "./threshold-case";

/** The codecs alone: speed against other coders, size against entropy and against the paper's scheme. */
export const CODECS_CASES: readonly Case[] = [
  ...HUFFMAN_CASES,
  THRESHOLD_CASE,
  CODEBOOK_CASE,
  ...CONTEXT_CASES,
  ...SIZE_CASES,
];
