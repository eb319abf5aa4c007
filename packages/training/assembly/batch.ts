// A batch in, a loss out.

// @ts-ignore: decorator
@inline function at(base: usize, index: i32): usize { return base + (<usize>index << 2); }

/** The sample of row `row` at `step`; past the end of the order its last one, which the counting operations leave out. */
// @ts-ignore: decorator
@inline function sample(order: usize, count: i32, batch: i32, firstRow: i32, row: i32, step: i32): i32 {
  return load<i32>(at(order, min(step * batch + firstRow + row, count - 1)));
}

/** out [rows][size] = data [sample][size] bytes times `scale`. */
export function gatherBytes(rows: i32, size: i32, data: usize, order: usize, count: i32, batch: i32, firstRow: i32, scale: f32, out: usize, step: i32): void {
  const factor = f32x4.splat(scale);
  for (let r = 0; r < rows; r++) {
    const from = data + <usize>sample(order, count, batch, firstRow, r, step) * <usize>size;
    const to = at(out, r * size);
    let j = 0;
    for (; j + 4 <= size; j += 4) {
      const bytes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(from + <usize>j)));
      v128.store(at(to, j), f32x4.mul(f32x4.convert_i32x4_s(bytes), factor));
    }
    for (; j < size; j++) store<f32>(at(to, j), <f32>load<u8>(from + <usize>j) * scale);
  }
}

/** out [rows][size] = data [sample][size] floats. */
export function gatherFloats(rows: i32, size: i32, data: usize, order: usize, count: i32, batch: i32, firstRow: i32, out: usize, step: i32): void {
  for (let r = 0; r < rows; r++) {
    memory.copy(at(out, r * size), data + (<usize>sample(order, count, batch, firstRow, r, step) * <usize>size << 2), <usize>size << 2);
  }
}

/** out [rows] = labels [sample], bytes to words. */
export function gatherLabels(rows: i32, labels: usize, order: usize, count: i32, batch: i32, firstRow: i32, out: usize, step: i32): void {
  for (let r = 0; r < rows; r++) store<i32>(at(out, r), <i32>load<u8>(labels + <usize>sample(order, count, batch, firstRow, r, step)));
}

/** z -> softmax(z / temperature) into p; gives log of the partition sum plus the maximum, both at that temperature. */
function softmax(classes: i32, z: usize, temperature: f32, p: usize): f32 {
  let top = load<f32>(z);
  for (let j = 1; j < classes; j++) top = max(top, load<f32>(at(z, j)));
  let sum: f32 = 0;
  for (let j = 0; j < classes; j++) {
    const e = Mathf.exp((load<f32>(at(z, j)) - top) / temperature);
    sum += e;
    store<f32>(at(p, j), e);
  }
  for (let j = 0; j < classes; j++) store<f32>(at(p, j), load<f32>(at(p, j)) / sum);
  return Mathf.log(sum) + top / temperature;
}

/**
 * Cross-entropy with the labels, mixed with the divergence from soft targets (0: none):
 * loss = (1 - fraction) CE(label, p) + fraction T^2 KL(q || p_T), and its gradient by the logits, over `batch`.
 * Adds the rows' losses to *loss. `scratch` [classes].
 */
export function softmaxCrossEntropy(rows: i32, classes: i32, logits: usize, labels: usize, soft: usize, fraction: f32, temperature: f32, gradient: usize, batch: i32, loss: usize, scratch: usize): void {
  const over: f32 = 1 / <f32>batch;
  const hard: f32 = soft ? 1 - fraction : 1;
  let total: f32 = 0;
  for (let r = 0; r < rows; r++) {
    const z = at(logits, r * classes), dz = at(gradient, r * classes), label = load<i32>(at(labels, r));
    const logSum = softmax(classes, z, 1, dz);
    total += hard * (logSum - load<f32>(at(z, label)));
    for (let j = 0; j < classes; j++) {
      const wanted: f32 = j == label ? 1 : 0;
      store<f32>(at(dz, j), hard * over * (load<f32>(at(dz, j)) - wanted));
    }
    if (!soft) continue;
    const targets = at(soft, r * classes);
    const logSoft = softmax(classes, z, temperature, scratch);
    for (let j = 0; j < classes; j++) {
      const q = load<f32>(at(targets, j)), p = load<f32>(at(scratch, j));
      if (q > 0) total += fraction * temperature * temperature * q * (Mathf.log(q) - load<f32>(at(z, j)) / temperature + logSoft);
      store<f32>(at(dz, j), load<f32>(at(dz, j)) + fraction * over * temperature * (p - q));
    }
  }
  store<f32>(loss, load<f32>(loss) + total);
}

/** *loss += factor |y - targets|^2 over n numbers, and its gradient by y. */
export function squaredError(n: i32, y: usize, targets: usize, factor: f32, gradient: usize, loss: usize): void {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) {
    const difference = load<f32>(at(y, i)) - load<f32>(at(targets, i));
    total += <f64>difference * <f64>difference;
    store<f32>(at(gradient, i), 2 * factor * difference);
  }
  store<f32>(loss, load<f32>(loss) + factor * <f32>total);
}

/** Adds to *errors the rows whose largest logit (the first of equals) is not the label's; rows past `count` are left out. */
export function countErrors(rows: i32, classes: i32, logits: usize, labels: usize, count: i32, batch: i32, firstRow: i32, errors: usize, step: i32): void {
  let wrong = 0;
  const last = min(rows, count - step * batch - firstRow);
  for (let r = 0; r < last; r++) {
    const z = at(logits, r * classes);
    let best = 0;
    for (let j = 1; j < classes; j++) if (load<f32>(at(z, j)) > load<f32>(at(z, best))) best = j;
    if (best != load<i32>(at(labels, r))) wrong++;
  }
  store<i32>(errors, load<i32>(errors) + wrong);
}

/** target [position][size] = rows, where position is the row's place in the order; rows past `count` are left out. */
export function storeRows(rows: i32, size: i32, source: usize, target: usize, count: i32, batch: i32, firstRow: i32, step: i32): void {
  const first = step * batch + firstRow, last = min(rows, count - first);
  if (last > 0) memory.copy(at(target, first * size), source, <usize>(last * size) << 2);
}
