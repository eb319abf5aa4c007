import { convolveDense } from "../dense-convolution";
import { convolveDepthwise, isDepthwise } from "../depthwise-convolution";
import { finishing } from "../finisher";
import { CONVOLUTION, DEPTHWISE, PRODUCT, SPARSE_CONVOLUTION } from "../kernels.generated";
import { ofLatestShapes } from "../latest-shapes";
import { type Finisher, floatsOf, type Operation, required, type Site, withKernels } from "../operation";
import { convolveSparse, sparsePlan } from "../sparse-convolution";
import type { SparseFilter } from "../sparse-filter";
import { assertType, sparseConvFilter } from "../sparse-weight";
import { checkBias, convFinisher, convolutionOf, denseConvolution } from "./dense-conv";

/** Conv in up to three spatial dimensions. */
export const conv = /* @__PURE__ */ withKernels(
  [CONVOLUTION, DEPTHWISE, PRODUCT, SPARSE_CONVOLUTION],
  /* @__PURE__ */ finishing((site) => {
    const finish = convFinisher(site);
    const filter = sparseConvFilter(site);
    return filter === undefined
      ? denseConvolution(site, finish, convolveDenseOrDepthwise)
      : sparseConv(site, filter, finish);
  }),
);

/** The loops that suit a convolution of dense weights. */
const convolveDenseOrDepthwise: typeof convolveDense = (context, shape, operands) => {
  const convolve = isDepthwise(shape) ? convolveDepthwise : convolveDense;
  convolve(context, shape, operands);
};

/** Conv with a filter in codes, as it is stored. */
function sparseConv({ node, stored }: Site, filter: SparseFilter, finish: Finisher): Operation {
  const { shape: weights, type = "float32" } = stored(1)!;
  const convolution = ofLatestShapes((of, input: readonly number[], kernel: readonly number[]) => {
    const { shape, output } = convolutionOf(of, input, kernel);
    return { plan: sparsePlan(shape, filter), output };
  });
  return {
    consumed: [1],
    layouts: [{ weight: node.inputs[1]!, ...filter.layout }],
    run(inputs, context) {
      const [x, bias] = [required(node, inputs, 0), inputs[2]];
      assertType(node, x, type);
      if (bias) floatsOf(node, bias);
      const { plan, output } = convolution(node, x.shape, weights);
      checkBias(node, bias, weights[0]!);
      const y = context.output(x.type, output);
      const operands = { x: x.address, y: y.address, finish: finish.steps(inputs, y) };
      convolveSparse(context, plan, filter, operands);
      return [finish.rest(inputs, y, context)];
    },
  };
}
