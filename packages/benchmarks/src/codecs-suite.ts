import { codebookCases } from "./codebook-cases";
import { huffmanCases } from "./huffman-cases";
import { sizeCases } from "./size-cases";
import type { Case } from "./suite";
import { thresholdCases } from "./threshold-cases";

/** The codecs alone: speed against other coders, size against entropy and against the paper's scheme. */
export const codecsCases: readonly Case[] = [...huffmanCases, ...thresholdCases, ...codebookCases, ...sizeCases];
