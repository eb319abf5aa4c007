// Convolutions with sparse filters: each weight times a run of the padded input, added to a run of its output.

/**
 * Entries of a filter, u32, place | code << 16, as pairs of u32 and f32: where the cells of the place begin, and the weight. taps: of each
 * place such a pair with a scale, which the weight is multiplied by.
 */
export function expandEntries(entries: usize, count: i32, taps: usize, codebook: usize, target: usize): void {
  for (const end = entries + (<usize>count << 2); entries < end; entries += 4, target += 8) {
    const pair = load<u32>(entries), tap = taps + (<usize>(pair & 0xffff) << 3);
    store<u32>(target, load<u32>(tap));
    store<f32>(target, load<f32>(codebook + (<usize>(pair >> 16) << 2)) * load<f32>(tap, 4), 4);
  }
}

/**
 * Adds to the outputs of a block of channels, y [..][stride bytes], 48 cells each. lines: pairs of u32, an output and how many entries it has;
 * weights: of each entry, the bytes from x at which its cells begin, and the weight.
 *
 * Twelve sums, a weight and a product fit the sixteen registers of x86-64. With eight sums V8 unrolls the loop, runs out of registers, and takes
 * twice as long for a cell; loops of four sums it unrolls to some good, and of twelve it leaves as they are (measured).
 */
export function convolve48(lines: usize, count: i32, weights: usize, x: usize, y: usize, stride: usize): void {
  for (const end = lines + (<usize>count << 3); lines < end; lines += 8) {
    const to = y + <usize>load<u32>(lines) * stride;
    let a = v128.load(to), b = v128.load(to, 16), c = v128.load(to, 32), d = v128.load(to, 48);
    let e = v128.load(to, 64), f = v128.load(to, 80), g = v128.load(to, 96), h = v128.load(to, 112);
    let i = v128.load(to, 128), j = v128.load(to, 144), k = v128.load(to, 160), l = v128.load(to, 176);
    for (const last = weights + (<usize>load<u32>(lines, 4) << 3); weights < last; weights += 8) {
      const cells = x + <usize>load<u32>(weights), weight = v128.load32_splat(weights, 4);
      a = f32x4.add(a, f32x4.mul(weight, v128.load(cells)));
      b = f32x4.add(b, f32x4.mul(weight, v128.load(cells, 16)));
      c = f32x4.add(c, f32x4.mul(weight, v128.load(cells, 32)));
      d = f32x4.add(d, f32x4.mul(weight, v128.load(cells, 48)));
      e = f32x4.add(e, f32x4.mul(weight, v128.load(cells, 64)));
      f = f32x4.add(f, f32x4.mul(weight, v128.load(cells, 80)));
      g = f32x4.add(g, f32x4.mul(weight, v128.load(cells, 96)));
      h = f32x4.add(h, f32x4.mul(weight, v128.load(cells, 112)));
      i = f32x4.add(i, f32x4.mul(weight, v128.load(cells, 128)));
      j = f32x4.add(j, f32x4.mul(weight, v128.load(cells, 144)));
      k = f32x4.add(k, f32x4.mul(weight, v128.load(cells, 160)));
      l = f32x4.add(l, f32x4.mul(weight, v128.load(cells, 176)));
    }
    v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
    v128.store(to, e, 64); v128.store(to, f, 80); v128.store(to, g, 96); v128.store(to, h, 112);
    v128.store(to, i, 128); v128.store(to, j, 144); v128.store(to, k, 160); v128.store(to, l, 176);
  }
}

/** As `convolve48`, 16 cells each. */
export function convolve16(lines: usize, count: i32, weights: usize, x: usize, y: usize, stride: usize): void {
  for (const end = lines + (<usize>count << 3); lines < end; lines += 8) {
    const to = y + <usize>load<u32>(lines) * stride;
    let a = v128.load(to), b = v128.load(to, 16), c = v128.load(to, 32), d = v128.load(to, 48);
    for (const last = weights + (<usize>load<u32>(lines, 4) << 3); weights < last; weights += 8) {
      const cells = x + <usize>load<u32>(weights), weight = v128.load32_splat(weights, 4);
      a = f32x4.add(a, f32x4.mul(weight, v128.load(cells)));
      b = f32x4.add(b, f32x4.mul(weight, v128.load(cells, 16)));
      c = f32x4.add(c, f32x4.mul(weight, v128.load(cells, 32)));
      d = f32x4.add(d, f32x4.mul(weight, v128.load(cells, 48)));
    }
    v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
  }
}
