import { adaptiveBits, rangeDecoder, rangeEncoder } from "@deep-compression/context-coding";

const text = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 1 : 0));
const model = () => ({ bits: adaptiveBits(2), last: 0 });

const encoder = rangeEncoder();
let state = model();
for (const bit of text) {
  encoder.write(bit, state.bits.probability(state.last));
  state.bits.learn(state.last, bit);
  state.last = bit;
}
export const coded = encoder.finish(); // 58 bytes

const decoder = rangeDecoder(coded);
state = model();
export const read = text.map(() => {
  const bit = decoder.read(state.bits.probability(state.last));
  state.bits.learn(state.last, bit);
  state.last = bit;
  return bit;
});
decoder.expectEnd();
