import { type Operator, required } from "../operation";

/** Identity: the input itself. */
export const identity: Operator = ({ node }) => ({ run: (inputs) => [required(node, inputs, 0)] });

/** Dropout of a network that is run: the input itself, and a mask of true. */
export const dropout: Operator = ({ node, isRead }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    if (!isRead(1)) return [x];
    const mask = context.output("bool", x.shape);
    mask.data.fill(1 as never);
    return [x, mask];
  },
});
