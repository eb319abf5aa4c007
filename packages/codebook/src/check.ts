/** Checks of arguments: each raises a TypeError or RangeError that names the argument, what was expected and what came. */

export function checkFloats(name: string, values: Float32Array): void {
  if (values instanceof Float32Array) return;
  const kind = Object.prototype.toString.call(values).slice(8, -1);
  throw new TypeError(`${name}: expected a Float32Array, got ${kind}`);
}

export function checkFinite(name: string, values: Float32Array): void {
  checkFloats(name, values);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new RangeError(`${name}[${i}]: expected a finite value, got ${values[i]}`);
  }
}

export function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new RangeError(`${name}: expected ${expected} elements, got ${length}`);
}

/** If there are importances: one for each value, finite, at least 0. */
export function checkImportance(importance: Float32Array | undefined, length: number): void {
  if (importance === undefined) return;
  checkFinite("importance", importance);
  checkLength("importance", importance.length, length);
  const negative = importance.findIndex((weight) => weight < 0);
  if (negative >= 0) throw new RangeError(`importance[${negative}]: expected at least 0, got ${importance[negative]}`);
}

/** Finite and strictly ascending, at most 65,536. */
export function checkCentroids(centroids: Float32Array): void {
  checkFinite("centroids", centroids);
  if (centroids.length > 65536) throw new RangeError(`centroids: expected at most 65536, got ${centroids.length}`);
  for (let i = 1; i < centroids.length; i++) {
    if (!(centroids[i] > centroids[i - 1])) {
      throw new RangeError(`centroids[${i}]: expected above ${centroids[i - 1]}, got ${centroids[i]}`);
    }
  }
}
