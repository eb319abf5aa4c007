// Products of a sparse matrix whose weights are shared, grouped by code: y += C_k * (sum of the x whose weight is C_k).
//
// A tile holds groups of entries of one output row and one code. Runs of groups are of one length; four groups stand side by side, so that
// four sums do not wait for one another. runs: pairs of u32, length and quads. offsets: u16, of each quad entry by entry, the
// four groups' in turn, in bytes of a vector of float32. groups: u32 of each group, row | code << 16.

import { INPUTS } from "./rooms";

// @ts-ignore: decorator
@inline function addTo(y: usize, group: u32, codebook: usize, sum: f32): void {
  const at = y + (<usize>(group & 0xffff) << 2);
  store<f32>(at, load<f32>(at) + load<f32>(codebook + (<usize>(group >> 16) << 2)) * sum);
}

/** One item: adds to y [rows] what a tile makes of `inputs` floats at x. */
export function groupedProduct(runs: usize, runCount: i32, offsets: usize, groups: usize, codebook: usize, x: usize, inputs: i32, y: usize): void {
  memory.copy(INPUTS, x, <usize>inputs << 2);
  for (const end = runs + (<usize>runCount << 3); runs < end; runs += 8) {
    const length = load<u32>(runs), bytes = <usize>(length >> 1) << 4;
    for (let quads = load<u32>(runs, 4); quads > 0; quads--) {
      let a: f32 = 0, b: f32 = 0, c: f32 = 0, d: f32 = 0;
      for (const last = offsets + bytes; offsets < last; offsets += 16) {
        a += load<f32>(<usize>load<u16>(offsets) + INPUTS);
        b += load<f32>(<usize>load<u16>(offsets, 2) + INPUTS);
        c += load<f32>(<usize>load<u16>(offsets, 4) + INPUTS);
        d += load<f32>(<usize>load<u16>(offsets, 6) + INPUTS);
        a += load<f32>(<usize>load<u16>(offsets, 8) + INPUTS);
        b += load<f32>(<usize>load<u16>(offsets, 10) + INPUTS);
        c += load<f32>(<usize>load<u16>(offsets, 12) + INPUTS);
        d += load<f32>(<usize>load<u16>(offsets, 14) + INPUTS);
      }
      if (length & 1) {
        a += load<f32>(<usize>load<u16>(offsets) + INPUTS);
        b += load<f32>(<usize>load<u16>(offsets, 2) + INPUTS);
        c += load<f32>(<usize>load<u16>(offsets, 4) + INPUTS);
        d += load<f32>(<usize>load<u16>(offsets, 6) + INPUTS);
        offsets += 8;
      }
      addTo(y, load<u32>(groups), codebook, a);
      addTo(y, load<u32>(groups, 4), codebook, b);
      addTo(y, load<u32>(groups, 8), codebook, c);
      addTo(y, load<u32>(groups, 12), codebook, d);
      groups += 16;
    }
  }
}

// @ts-ignore: decorator
@inline function addVector(at: usize, factor: v128, sum: v128): void {
  v128.store(at, f32x4.add(v128.load(at), f32x4.mul(factor, sum)));
}

/** Four items side by side: x [inputs][4], y [rows][4]. */
export function groupedProduct4(runs: usize, runCount: i32, offsets: usize, groups: usize, codebook: usize, x: usize, y: usize): void {
  for (const end = runs + (<usize>runCount << 3); runs < end; runs += 8) {
    const bytes = <usize>load<u32>(runs) << 3;
    for (let quads = load<u32>(runs, 4); quads > 0; quads--) {
      let a = f32x4.splat(0), b = a, c = a, d = a;
      for (const last = offsets + bytes; offsets < last; offsets += 8) {
        a = f32x4.add(a, v128.load(x + (<usize>load<u16>(offsets) << 2)));
        b = f32x4.add(b, v128.load(x + (<usize>load<u16>(offsets, 2) << 2)));
        c = f32x4.add(c, v128.load(x + (<usize>load<u16>(offsets, 4) << 2)));
        d = f32x4.add(d, v128.load(x + (<usize>load<u16>(offsets, 6) << 2)));
      }
      let group = load<u32>(groups);
      addVector(y + (<usize>(group & 0xffff) << 4), v128.load_splat<f32>(codebook + (<usize>(group >> 16) << 2)), a);
      group = load<u32>(groups, 4);
      addVector(y + (<usize>(group & 0xffff) << 4), v128.load_splat<f32>(codebook + (<usize>(group >> 16) << 2)), b);
      group = load<u32>(groups, 8);
      addVector(y + (<usize>(group & 0xffff) << 4), v128.load_splat<f32>(codebook + (<usize>(group >> 16) << 2)), c);
      group = load<u32>(groups, 12);
      addVector(y + (<usize>(group & 0xffff) << 4), v128.load_splat<f32>(codebook + (<usize>(group >> 16) << 2)), d);
      groups += 16;
    }
  }
}

// @ts-ignore: decorator
@inline function addVectors(y: usize, group: u32, codebook: usize, sum: v128, sum1: v128): void {
  const at = y + (<usize>(group & 0xffff) << 5), factor = v128.load_splat<f32>(codebook + (<usize>(group >> 16) << 2));
  addVector(at, factor, sum);
  addVector(at + 16, factor, sum1);
}

/**
 * Eight items side by side: x [inputs][8], y [rows][8]. Two groups at a time: of more sums an engine keeps some in memory, which each step
 * then waits for.
 */
export function groupedProduct8(runs: usize, runCount: i32, offsets: usize, groups: usize, codebook: usize, x: usize, y: usize): void {
  for (const end = runs + (<usize>runCount << 3); runs < end; runs += 8) {
    const bytes = <usize>load<u32>(runs) << 3;
    for (let quads = load<u32>(runs, 4); quads > 0; quads--) {
      const last = offsets + bytes;
      for (let pair: usize = 0; pair < 8; pair += 4) {
        let a = f32x4.splat(0), b = a, a1 = a, b1 = a;
        for (let from = offsets + pair; from < last; from += 8) {
          let at = x + (<usize>load<u16>(from) << 3);
          a = f32x4.add(a, v128.load(at)); a1 = f32x4.add(a1, v128.load(at, 16));
          at = x + (<usize>load<u16>(from, 2) << 3);
          b = f32x4.add(b, v128.load(at)); b1 = f32x4.add(b1, v128.load(at, 16));
        }
        addVectors(y, load<u32>(groups), codebook, a, a1);
        addVectors(y, load<u32>(groups, 4), codebook, b, b1);
        groups += 8;
      }
      offsets = last;
    }
  }
}
