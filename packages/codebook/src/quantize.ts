import { allocateCodes, type Codes } from "@deep-compression/bits";
import { checkFloats, checkInteger, checkNumbers, checkTypedArray } from "@deep-compression/runtime";
import { MAX_SIZE } from "./check-arguments";

/** Buckets of the table for each threshold, and the most of them; more would leave the cache. */
const BUCKETS_PER_THRESHOLD = 16;
const MAX_BUCKETS = 1 << 16;

/**
 * The code of each value: the number of thresholds that are below it, so that a value equal to a threshold belongs to the
 * lower side. A Uint8Array for up to 256 codes (255 thresholds), a Uint16Array above. About 3 ns a value.
 *
 * @throws RangeError if thresholds are not finite and ascending (equal ones may stand together) or more than 65,535, or a
 * value is NaN, which it names
 */
export function quantize(values: Float32Array, thresholds: Float64Array): Codes {
  checkFloats("values", values);
  checkThresholds(thresholds);
  const codes = allocateCodes(thresholds.length + 1, values.length);
  if (thresholds.length === 0) {
    checkNoNaN(values);
    return codes;
  }
  findCodes(codes, values, { thresholds, ...bucketTable(thresholds) });
  return codes;
}

interface Buckets {
  readonly thresholds: Float64Array;
  readonly before: Uint32Array;
  readonly scale: number;
}

/** A loop of its own: an engine that optimizes it knows all of its function. */
function findCodes(codes: Codes, values: Float32Array, { thresholds, before, scale }: Buckets): void {
  const least = thresholds[0];
  const most = thresholds[thresholds.length - 1];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value > most) codes[i] = thresholds.length;
    else if (value > least) {
      // Rounding is monotonic: thresholds of lower buckets are below the value, those of higher ones above it.
      const bucket = ((value - least) * scale) | 0;
      let code = before[bucket];
      let end = before[bucket + 1];
      while (code < end) {
        const middle = (code + end) >>> 1;
        if (thresholds[middle] < value) code = middle + 1;
        else end = middle;
      }
      codes[i] = code;
    } else if (Number.isNaN(value)) throw new RangeError(`values[${i}]: expected a number, got NaN`);
  }
}

/** Equal steps of the range of the thresholds; `before[b]` thresholds lie in the buckets before b. */
function bucketTable(thresholds: Float64Array): { readonly before: Uint32Array; readonly scale: number } {
  const least = thresholds[0];
  const range = thresholds[thresholds.length - 1] - least;
  const buckets = Math.min(MAX_BUCKETS, BUCKETS_PER_THRESHOLD * thresholds.length);
  const scale = range > 0 && Number.isFinite(buckets / range) ? buckets / range : 0;
  const before = new Uint32Array(buckets + 2);
  for (const threshold of thresholds) before[(((threshold - least) * scale) | 0) + 1]++;
  for (let bucket = 1; bucket < before.length; bucket++) before[bucket] += before[bucket - 1];
  return { before, scale };
}

function checkThresholds(thresholds: Float64Array): void {
  checkNumbers("thresholds", checkTypedArray("thresholds", thresholds, Float64Array));
  checkInteger("thresholds.length", thresholds.length, { maximum: MAX_SIZE - 1 });
  for (let i = 1; i < thresholds.length; i++) {
    if (thresholds[i] < thresholds[i - 1]) {
      throw new RangeError(`thresholds[${i}]: expected at least ${thresholds[i - 1]}, got ${thresholds[i]}`);
    }
  }
}

function checkNoNaN(values: Float32Array): void {
  const at = values.findIndex(Number.isNaN);
  if (at >= 0) throw new RangeError(`values[${at}]: expected a number, got NaN`);
}
