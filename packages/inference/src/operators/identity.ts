import { misfit } from "@deep-compression/network";
import { type Operator, required, scalarOf } from "../operation";

/** Identity: the input itself. */
export const identity: Operator = ({ node }) => ({ run: (inputs) => [required(node, inputs, 0)] });

/** Dropout of a network that is run: the input itself, and a mask of true. One that is trained is refused. */
export const dropout: Operator = ({ node, isRead }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const [ratio, training] = [inputs[1], inputs[2]];
    const drops = ratio === undefined || scalarOf(node, ratio) !== 0;
    if (drops && training !== undefined && scalarOf(node, training) !== 0)
      throw misfit(node, "training_mode expected false: a session drops nothing at random");
    if (!isRead(1)) return [x];
    const mask = context.output("bool", x.shape);
    mask.data.fill(1 as never);
    return [x, mask];
  },
});
