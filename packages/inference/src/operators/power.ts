import { broadcastShape } from "../broadcast";
import { isBigArray, type NumberArray } from "../element-arrays";
import type { Operator } from "../operation";
import type { Value } from "../value";
import { type BinaryLoop, combined, loopOver, operandsOf } from "./binary";
import { checkKind, kindOf, NUMBERS } from "./element-kinds";

/** Pow: of the type of its base. The exponent may be of another. */
export const pow: Operator = (site) => ({
  run(inputs, context) {
    const { node } = site;
    const [a, b] = operandsOf(site, inputs, context);
    for (const value of [a, b]) checkKind(node, value, NUMBERS);
    const shape = broadcastShape(node, [a.shape, b.shape]);
    const output = context.output(a.type, shape);
    const exponents = kindOf(a.type) === "float" && isBigArray(b.data) ? Float64Array.from(b.data, Number) : b.data;
    const [x, y, to] = [a.data as NumberArray, exponents as NumberArray, output.data as NumberArray];
    loopOver({ a, b, shape }, x, y, to, kindOf(a.type) === "float" ? floatPower : integerPowerLoop(a, b));
    return [output];
  },
});

const floatPower: BinaryLoop = (x, y, to, k, end, i, stepX, j, stepY) => {
  if (stepY === 0 && y[j] === 2) for (; k < end; k++, i += stepX) to[k] = x[i]! * x[i]!;
  else if (stepY === 0 && y[j] === 3) for (; k < end; k++, i += stepX) to[k] = x[i]! * x[i]! * x[i]!;
  else for (; k < end; k++, i += stepX, j += stepY) to[k] = power(x[i]!, y[j]!);
};

function integerPowerLoop(a: Value, b: Value): BinaryLoop {
  const isBig = isBigArray(a.data);
  const ofIntegers = kindOf(b.type) === "integer";
  return combined((x, y) => {
    const result = ofIntegers ? integerPower(BigInt(x), BigInt(y)) : toBig(power(Number(x), y));
    return (isBig ? result : Number(BigInt.asIntN(32, result))) as number;
  });
}

/** As IEEE 754 has it: 1 to whatever power, and -1 to an infinite one, is 1. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}

/** The lowest 64 bits of a power of integers; one below 1 is 0. */
function integerPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) {
    if (base === -1n) return exponent % 2n === 0n ? 1n : -1n;
    return base === 1n ? 1n : 0n;
  }
  let [result, factor] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = BigInt.asIntN(64, result * factor);
    factor = BigInt.asIntN(64, factor * factor);
  }
  return result;
}

/** A number without what is behind the point; 0 for what is no number or infinite. */
export function toBig(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}
