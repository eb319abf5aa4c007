// Parameter updates. Each thread updates its own slice; the threads' gradients are added here, in the threads' order.

import { Scalar, SCALARS } from "./words";

// @ts-ignore: decorator
@inline function at(base: usize, index: i32): usize { return base + (<usize>index << 2); }

/** Sum of the threads' gradients at i, plus the L1 term's slope. */
// @ts-ignore: decorator
@inline function gradientAt(i: i32, gradients: usize, stride: i32, threads: i32, w: v128, l1: v128): v128 {
  let g = v128.load(at(gradients, i));
  for (let t = 1; t < threads; t++) g = f32x4.add(g, v128.load(at(gradients, i) + <usize>t * <usize>stride));
  const positive = v128.and(f32x4.gt(w, f32x4.splat(0)), l1), negative = v128.and(f32x4.lt(w, f32x4.splat(0)), l1);
  return f32x4.add(g, f32x4.sub(positive, negative));
}

/** Address of one of the scalars of `step`. */
// @ts-ignore: decorator
@inline export function scalarAt(scalars: usize, step: i32, which: Scalar): usize { return at(scalars, step * SCALARS + which); }

// @ts-ignore: decorator
@inline function scalar(scalars: usize, step: i32, which: Scalar): f32 { return load<f32>(scalarAt(scalars, step, which)); }

/** Adding zero makes the -0 of a negative weight times a zero mask +0: a pruned weight has one bit pattern. */
// @ts-ignore: decorator
@inline function masked(weight: v128, mask: v128): v128 { return f32x4.add(f32x4.mul(weight, mask), f32x4.splat(0)); }

/** velocity = momentum * velocity + (g + decay w); w -= rate * velocity; then the mask (0: none). n a multiple of 4. */
export function sgd(n: i32, w: usize, gradients: usize, stride: i32, threads: i32, velocity: usize, mask: usize, scalars: usize, momentum: f32, decay: f32, l1: f32, step: i32): void {
  const rate = f32x4.splat(scalar(scalars, step, Scalar.Rate)), mu = f32x4.splat(momentum), wd = f32x4.splat(decay);
  const slope = f32x4.splat(l1 * scalar(scalars, step, Scalar.L1Scale));
  for (let i = 0; i < n; i += 4) {
    let weight = v128.load(at(w, i));
    const g = f32x4.add(gradientAt(i, gradients, stride, threads, weight, slope), f32x4.mul(wd, weight));
    const v = f32x4.add(f32x4.mul(mu, v128.load(at(velocity, i))), g);
    weight = f32x4.sub(weight, f32x4.mul(rate, v));
    if (mask) weight = masked(weight, v128.load(at(mask, i)));
    v128.store(at(velocity, i), v);
    v128.store(at(w, i), weight);
  }
}

/** Adam (1412.6980), its rate times `rateScale`, with decoupled weight decay (1711.05101); then the mask (0: none). n a multiple of 4. */
export function adam(n: i32, w: usize, gradients: usize, stride: i32, threads: i32, first: usize, second: usize, mask: usize, scalars: usize, beta1: f32, beta2: f32, rateScale: f32, decay: f32, l1: f32, step: i32): void {
  const rate = f32x4.splat(rateScale * scalar(scalars, step, Scalar.AdamRate)), epsilon = f32x4.splat(scalar(scalars, step, Scalar.AdamEpsilon));
  const keep = f32x4.splat(1 - scalar(scalars, step, Scalar.Rate) * decay);
  const slope = f32x4.splat(l1 * scalar(scalars, step, Scalar.L1Scale));
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), a1 = f32x4.splat(1 - beta1), a2 = f32x4.splat(1 - beta2);
  for (let i = 0; i < n; i += 4) {
    let weight = v128.load(at(w, i));
    const g = gradientAt(i, gradients, stride, threads, weight, slope);
    const m = f32x4.add(f32x4.mul(b1, v128.load(at(first, i))), f32x4.mul(a1, g));
    const v = f32x4.add(f32x4.mul(b2, v128.load(at(second, i))), f32x4.mul(a2, f32x4.mul(g, g)));
    const change = f32x4.div(f32x4.mul(rate, m), f32x4.add(f32x4.sqrt(v), epsilon));
    weight = f32x4.sub(f32x4.mul(keep, weight), change);
    if (mask) weight = masked(weight, v128.load(at(mask, i)));
    v128.store(at(first, i), m);
    v128.store(at(second, i), v);
    v128.store(at(w, i), weight);
  }
}

/** Eq. 3 of Deep Compression: sums [size] of the gradients that share a centroid. Codes are 16 bits wide. */
export function groupSums(n: i32, size: i32, gradients: usize, codes: usize, sums: usize): void {
  memory.fill(sums, 0, <usize>size << 2);
  for (let i = 0; i < n; i++) {
    const sum = at(sums, <i32>load<u16>(codes + (<usize>i << 1)));
    store<f32>(sum, load<f32>(sum) + load<f32>(at(gradients, i)));
  }
}

/** w [n] = centroids [codes]. */
export function dequantize(n: i32, centroids: usize, codes: usize, w: usize): void {
  for (let i = 0; i < n; i++) store<f32>(at(w, i), load<f32>(at(centroids, <i32>load<u16>(codes + (<usize>i << 1)))));
}
