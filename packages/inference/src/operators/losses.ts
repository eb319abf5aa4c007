import { intAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import type { NumberArray } from "../element-arrays";
import { type Context, type Operator, required } from "../operation";
import type { Value } from "../value";
import { eachLine, linesAlong } from "./axis-lines";
import { checkKind, checkSameType, FLOATS, INTEGERS } from "./element-kinds";
import { logSoftmaxLine } from "./softmax";

/** What is done with the losses of the items, and the class whose items count nothing. */
interface LossOptions {
  readonly reduction: string;
  readonly ignored: number | undefined;
}

/** NegativeLogLikelihoodLoss of logarithms of probabilities [N, classes, ...] and the classes that are right [N, ...]. */
export const negativeLogLikelihoodLoss: Operator = ({ node }) => {
  const options = lossOptions(node);
  return {
    run: (inputs, context) => [lossOf(node, context, options, required(node, inputs, 0), inputs[1], inputs[2])],
  };
};

/** SoftmaxCrossEntropyLoss: the same of scores, whose logarithms of probabilities it gives too. */
export const softmaxCrossEntropyLoss: Operator = ({ node }) => {
  const options = lossOptions(node);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      checkKind(node, x, FLOATS);
      checkRank(node, x);
      const logarithms = context.output(x.type, x.shape);
      const [from, to] = [x.data as NumberArray, logarithms.data as NumberArray];
      const lines = linesAlong(x.shape, 1);
      eachLine(lines, (start) => logSoftmaxLine(from, to, start, lines.size, lines.inner));
      return [lossOf(node, context, options, logarithms, inputs[1], inputs[2]), logarithms];
    },
  };
};

function lossOptions(node: Node): LossOptions {
  const reduction = stringAttribute(node, "reduction", "mean");
  if (!["mean", "sum", "none"].includes(reduction))
    throw misfit(node, `reduction expected mean, sum or none, got ${JSON.stringify(reduction)}`);
  const ignored = Object.hasOwn(node.attributes, "ignore_index") ? intAttribute(node, "ignore_index", 0) : undefined;
  return { reduction, ignored };
}

function checkRank(node: Node, { shape }: Value): void {
  if (shape.length < 2) throw misfit(node, `expected an input of [N, classes, ...], got shape ${shapeText(shape)}`);
}

function lossOf(
  node: Node,
  context: Context,
  { reduction, ignored }: LossOptions,
  x: Value,
  target: Value | undefined,
  weight: Value | undefined,
): Value {
  const right = required(node, [target], 0);
  checkRank(node, x);
  checkKind(node, x, FLOATS);
  checkKind(node, right, INTEGERS);
  const shape = x.shape.toSpliced(1, 1);
  const lines = linesAlong(x.shape, 1);
  if (shape.join() !== right.shape.join())
    throw misfit(node, `target expected shape ${shapeText(shape)}, got ${shapeText(right.shape)}`);
  if (weight !== undefined) checkSameType(node, x, weight);
  if (weight !== undefined && weight.size !== lines.size)
    throw misfit(node, `weight expected ${lines.size} values, one a class, got ${weight.size}`);
  const output = context.output(x.type, reduction === "none" ? shape : []);
  const [values, to] = [x.data as NumberArray, output.data as NumberArray];
  const weights = weight?.data as NumberArray | undefined;
  let [sum, total] = [0, 0];
  for (let line = 0; line < right.size; line++) {
    const chosen = Number(right.data[line]);
    let loss = 0;
    if (chosen !== ignored) {
      if (!(chosen >= 0 && chosen < lines.size))
        throw misfit(node, `target expected classes below ${lines.size}, got ${chosen}`);
      const own = weights?.[chosen] ?? 1;
      const row = Math.floor(line / lines.inner) * lines.size + chosen;
      loss = -values[row * lines.inner + (line % lines.inner)]! * own;
      total += own;
    }
    if (reduction === "none") to[line] = loss;
    sum += loss;
  }
  if (reduction !== "none") to[0] = reduction === "mean" ? sum / total : sum;
  return output;
}
