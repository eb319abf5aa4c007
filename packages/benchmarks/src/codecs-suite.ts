import type { Case } from "./case";
import { CODEBOOK_CASES } from "./codebook-cases";
import { HUFFMAN_CASES } from "./huffman-cases";
import { SIZE_CASES } from "./size-cases";
import { THRESHOLD_CASES } from "./threshold-cases";

/** The codecs alone: speed against other coders, size against entropy and against the paper's scheme. */
export const CODECS_CASES: readonly Case[] = [...HUFFMAN_CASES, ...THRESHOLD_CASES, ...CODEBOOK_CASES, ...SIZE_CASES];
