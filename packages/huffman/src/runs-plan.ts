import { bitWriter, byteWriter } from "@deep-compression/bits";
import { bitWidth } from "./histogram";
import type { RunLengths } from "./run-lengths";
import { FORM_MARKS, type StreamPlan } from "./stream-forms";

/** Symbols as runs of the dominant one (docs/format.md, "Run lengths"); the plans are those of tokens and others. */
export function planRuns(
  { dominant, tokens }: RunLengths,
  options: { readonly alphabet: number; readonly tokenPlan: StreamPlan; readonly otherPlan: StreamPlan },
): StreamPlan {
  const { alphabet, tokenPlan, otherPlan } = options;
  const start = bitWriter();
  start.write(FORM_MARKS.runs.value, FORM_MARKS.runs.bits);
  start.write(dominant, bitWidth(alphabet));
  const header = byteWriter();
  header.bytes(start.finish());
  header.varint(tokens.length);
  header.varint(tokenPlan.bytes);
  const front = header.finish();
  return {
    form: "runs",
    dominant,
    tableBits: 8 * front.length + tokenPlan.tableBits + otherPlan.tableBits,
    dataBits: tokenPlan.dataBits + otherPlan.dataBits,
    bytes: front.length + tokenPlan.bytes + otherPlan.bytes,
    write() {
      const written = new Uint8Array(this.bytes);
      written.set(front);
      written.set(tokenPlan.write(), front.length);
      written.set(otherPlan.write(), front.length + tokenPlan.bytes);
      return written;
    },
  };
}
