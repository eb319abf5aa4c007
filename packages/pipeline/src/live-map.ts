import { type BitReader, type BitWriter, FormatError } from "@deep-compression/bits";

/**
 * A map of live lines, one 0 or 1 a line: the shorter of one bit a line, and runs of alike lines as Elias gamma codes
 * (docs/format.md, "Line maps"). Pixels that no digit touches come in runs.
 */
export function writeLiveMap(out: BitWriter, map: Uint8Array): void {
  const runs = runLengths(map);
  const runBits = runs.reduce((sum, run) => sum + gammaBits(run), 1);
  const asRuns = runBits < map.length;
  out.write(asRuns ? 1 : 0, 1);
  if (asRuns) {
    out.write(map[0], 1);
    for (const run of runs) writeGamma(out, run);
  } else {
    for (const live of map) out.write(live, 1);
  }
}

/** The mirror of {@link writeLiveMap}. @throws FormatError "truncated", "out-of-range", "not-canonical" */
export function readLiveMap(reader: BitReader, lines: number, baseOffset: number): Uint8Array {
  const asRuns = reader.read(1) === 1;
  const map = new Uint8Array(lines);
  if (!asRuns) {
    for (let line = 0; line < lines; line++) map[line] = reader.read(1);
  } else {
    let live = reader.read(1);
    for (let line = 0; line < lines; live = 1 - live) {
      const run = readGamma(reader, { max: lines - line, baseOffset });
      map.fill(live, line, line + run);
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
    if (line > 0 && map[line] === map[line - 1]) runs[runs.length - 1]++;
    else runs.push(1);
  }
  return runs;
}

/** Bits of n >= 1 as an Elias gamma code: as many ones as bits follow the leading one of n, a zero, then those bits. */
function gammaBits(n: number): number {
  return 2 * (31 - Math.clz32(n)) + 1;
}

function writeGamma(out: BitWriter, n: number): void {
  const below = 31 - Math.clz32(n);
  for (let i = 0; i < below; i++) out.write(1, 1);
  out.write(0, 1);
  out.write(n - 2 ** below, below);
}

function readGamma(reader: BitReader, options: { readonly max: number; readonly baseOffset: number }): number {
  let below = 0;
  while (reader.read(1) === 1) below++;
  const n = below > 31 ? Number.POSITIVE_INFINITY : 2 ** below + reader.read(below);
  if (n <= options.max) return n;
  const offset = options.baseOffset + Math.floor(reader.position / 8);
  throw new FormatError("out-of-range", `a run of lines goes beyond the ${options.max} left`, { offset });
}
