import { byteCoding } from "@deep-compression/context-coding";

const names = Array.from({ length: 50 }, (_, i) => `features.${i}.conv.weight\n`).join("");
const text = new TextEncoder().encode(names);
const texts = byteCoding({ length: text.length });
export const textLength = text.length; // 1190 bytes
export const mixedLength = texts.encode(text).length; // 56 of them; deflate leaves 145
export const textBack = texts.decode(texts.encode(text));
