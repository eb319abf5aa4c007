import { misfit } from "@deep-compression/network";
import { type Operator, required, scalarOf } from "../operation";

/** Identity: the input itself. */
export const identity: Operator = ({ node }) => ({ run: (inputs) => [required(node, inputs, 0)] });

/** Dropout: the input itself, and a mask of true. In training mode it is refused unless nothing is dropped. */
export const dropout: Operator = ({ node, isRead }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const [, ratio, trains] = inputs;
    if (trains?.data[0] === 1 && (ratio === undefined || scalarOf(node, ratio) !== 0))
      throw misfit(node, "a session does not train: expected training_mode false, got true");
    if (!isRead(1)) return [x];
    const mask = context.output("bool", x.shape);
    mask.data.fill(1 as never);
    return [x, mask];
  },
});
