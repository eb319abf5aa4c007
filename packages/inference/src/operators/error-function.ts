/** The error function, to a relative 1e-11: x times a rational function of its square, a minimax fit of our own up to 5. */
export function erf(x: number): number {
  if (x > 5) return 1;
  if (x < -5) return -1;
  const z = x * x;
  return (x * numerator(z)) / denominator(z);
}

function numerator(z: number): number {
  const high =
    (((2.954473680809779e-11 * z + 2.4880559869619148e-8) * z + 1.7412271249148236e-6) * z + 3.3852631350271495e-5) * z;
  const middle = (((high + 6.579626533401197e-4) * z + 5.830395278975058e-3) * z + 0.061958408928680674) * z;
  return (middle + 0.2107105441047916) * z + 1.128379167100633;
}

function denominator(z: number): number {
  const high =
    (((1.3148463728641875e-9 * z + 2.6317477083861173e-7) * z + 8.10249991074167e-6) * z + 1.5614204306202282e-4) * z;
  const middle = (((high + 2.084445351337763e-3) * z + 0.019724884660489116) * z + 0.12826610500187088) * z;
  return (middle + 0.5200706912517435) * z + 1;
}
