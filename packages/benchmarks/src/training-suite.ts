import type { Case } from "./suite";

export const trainingCases: readonly Case[] = [];
