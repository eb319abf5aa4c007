import { floatAttribute } from "@deep-compression/network";
import { arrayOf, type ElementArray, isBigArray, type NumberArray } from "../element-arrays";
import { CONVOLUTION } from "../kernels.generated";
import { required, scalarOf, withKernels } from "../operation";
import type { Value } from "../value";
import { checkKind, checkSameType, NUMBERS } from "./element-kinds";
import { bounded } from "./unary";

/** Clip: bounds are attributes before opset 11 and inputs since. NaN stays. The upper bound wins over the lower. */
export const clip = /* @__PURE__ */ withKernels([CONVOLUTION], ({ node, opset }) => {
  const fixed =
    opset < 11
      ? ([
          floatAttribute(node, "min", Number.NEGATIVE_INFINITY),
          floatAttribute(node, "max", Number.POSITIVE_INFINITY),
        ] as const)
      : undefined;
  const bound = (x: Value, value: Value | undefined, none: number): number | bigint => {
    if (value === undefined) return none;
    checkSameType(node, x, value);
    scalarOf(node, value);
    return value.data[0]!;
  };
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      checkKind(node, x, NUMBERS);
      const [lowest, highest] = fixed ?? [
        bound(x, inputs[1], Number.NEGATIVE_INFINITY),
        bound(x, inputs[2], Number.POSITIVE_INFINITY),
      ];
      if (lowest === Number.NEGATIVE_INFINITY && highest === Number.POSITIVE_INFINITY) return [x];
      const output = context.output(x.type, x.shape);
      const low = lowest > highest ? highest : lowest;
      if (arrayOf(x.type) === Float32Array)
        bounded({ low: low as number, high: highest as number })(x, output, context);
      else clipTo(x.data, output.data, low, highest);
      return [output];
    },
  };
});

function clipTo(x: ElementArray, to: ElementArray, lowest: number | bigint, highest: number | bigint): void {
  if (isBigArray(x)) {
    for (let i = 0; i < x.length; i++) to[i] = x[i]! < lowest ? lowest : x[i]! > highest ? highest : x[i]!;
  } else clipNumbers(x, to as NumberArray, lowest as number, highest as number);
}

function clipNumbers(x: NumberArray, to: NumberArray, lowest: number, highest: number): void {
  for (let i = 0; i < to.length; i++) {
    const value = x[i]!;
    to[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
}
