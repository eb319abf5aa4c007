import { type BitReader, type BitWriter, FormatError, gammaBits, readGamma, writeGamma } from "@deep-compression/bits";

/**
 * Writes a map of rows or of columns, 0 for an empty line and 1 for another: the shorter of one bit a line, and runs of
 * alike lines as Elias gamma codes (docs/format.md, "Line maps"). Pixels that no digit touches come in runs.
 */
export function writeEmptyLineMap(out: BitWriter, map: Uint8Array): void {
  const runs = runLengths(map);
  const runBits = runs.reduce((sum, run) => sum + gammaBits(run), 1);
  const asRuns = runBits < map.length;
  out.write(asRuns ? 1 : 0, 1);
  if (asRuns) {
    out.write(map[0]!, 1);
    for (const run of runs) writeGamma(out, run);
  } else {
    for (const used of map) out.write(used, 1);
  }
}

/** The mirror of {@link writeEmptyLineMap}. @throws FormatError "truncated", "out-of-range", "not-canonical" */
export function readEmptyLineMap(reader: BitReader, lines: number, baseOffset: number): Uint8Array {
  const asRuns = reader.read(1) === 1;
  const map = new Uint8Array(lines);
  if (!asRuns) {
    for (let line = 0; line < lines; line++) map[line] = reader.read(1);
  } else {
    let used = reader.read(1);
    for (let line = 0; line < lines; used = 1 - used) {
      const offset = baseOffset + Math.floor(reader.position / 8);
      const run = readGamma(reader, { maximum: lines - line, code: "out-of-range", offset });
      map.fill(used, line, line + run);
      line += run;
    }
  }
  if (!map.includes(0)) {
    const offset = baseOffset + Math.floor(reader.position / 8);
    throw new FormatError("not-canonical", "a line map leaves out no line", { offset });
  }
  return map;
}

function runLengths(map: Uint8Array): number[] {
  const runs: number[] = [];
  for (let line = 0; line < map.length; line++) {
    if (line > 0 && map[line] === map[line - 1]) runs[runs.length - 1]!++;
    else runs.push(1);
  }
  return runs;
}
