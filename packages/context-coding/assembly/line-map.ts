// Codes which lines are live, in place: the twin of src/line-map.ts.

import { counted, fill, learnt, probabilityOf, STATE, stepOf } from "./adaptive-bit";
import { code } from "./coder";
import { LIVE_COLUMNS, LIVE_ROWS, PATHS } from "./memory";

const COUNT_LIMIT: u32 = 255;

/** Codes a line map in place. @returns the number of live lines, or -1 if a flag says that some are empty and none is */
export function codeLines(rows: bool, count: u32, distance: u32): i32 {
  const lines = rows ? LIVE_ROWS : LIVE_COLUMNS;
  let empty: u32 = 0;
  for (let i: u32 = 0; i < count; i++) empty += u32(!load<u8>(lines + i));
  if (code(u32(!empty), 32768)) {
    memory.fill(lines, 1, count);
    return count;
  }
  fill(PATHS, 8, 32768, 1); // before they are those of magnitudes
  let live: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let context: u32 = i > 0 ? load<u8>(lines + i - 1) : 0;
    if (i > 1) context += <u32>load<u8>(lines + i - 2) << 1;
    if (distance > 0 && i >= distance) context += <u32>load<u8>(lines + i - distance) << 2;
    const address = PATHS + STATE * context;
    const state = load<u32>(address);
    const found = code(load<u8>(lines + i), probabilityOf(state));
    const learnings = load<u32>(address, 4);
    store<u32>(address, learnt(state, found, stepOf(learnings)));
    if (learnings < STATE * COUNT_LIMIT) store<u32>(address, counted(learnings), 4);
    store<u8>(lines + i, found);
    live += found;
  }
  return live == count ? -1 : live;
}
