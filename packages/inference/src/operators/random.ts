import { floatAttribute, intAttribute, intsAttribute, isFloatType, misfit, type Node } from "@deep-compression/network";
import { seededRandom, shapeText } from "@deep-compression/runtime";
import { numberIn } from "../element-arrays";
import { type Context, type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { typeAttribute } from "./constants";
import { checkKind, FLOATS } from "./element-kinds";

/** Draws one number after the other. */
type Draw = () => number;

/** What is drawn at a node, of its attributes. */
type Distribution = (node: Node, random: Draw) => Draw;

const normal: Distribution = (node, random) => {
  const [mean, scale] = [floatAttribute(node, "mean", 0), floatAttribute(node, "scale", 1)];
  // Box and Muller's transform: 1 less a number below 1 is above 0.
  return () => mean + scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
};

const uniform: Distribution = (node, random) => {
  const [low, high] = [floatAttribute(node, "low", 0), floatAttribute(node, "high", 1)];
  return () => low + (high - low) * random();
};

/** RandomNormal: numbers of a normal distribution, in the shape that an attribute says. */
export const randomNormal: Operator = /* @__PURE__ */ shaped(normal);
/** RandomUniform: the same of a uniform one. */
export const randomUniform: Operator = /* @__PURE__ */ shaped(uniform);
/** RandomNormalLike: numbers of a normal distribution, in the shape of the input. */
export const randomNormalLike: Operator = /* @__PURE__ */ like(normal);
/** RandomUniformLike: the same of a uniform one. */
export const randomUniformLike: Operator = /* @__PURE__ */ like(uniform);

function shaped(distribution: Distribution): Operator {
  return ({ node }) => {
    const draw = distribution(node, randomOf(node));
    const type = typeAttribute(node, "dtype", "float32");
    const shape = intsAttribute(node, "shape") ?? [];
    return { isRandom: true, run: (_inputs, context) => [drawn({ node, draw, type, shape }, context)] };
  };
}

function like(distribution: Distribution): Operator {
  return ({ node }) => {
    const draw = distribution(node, randomOf(node));
    return {
      isRandom: true,
      run(inputs, context) {
        const { type, shape } = required(node, inputs, 0);
        return [drawn({ node, draw, type: typeAttribute(node, "dtype", type), shape }, context)];
      },
    };
  };
}

function drawn(
  { node, draw, type, shape }: Pick<Site, "node"> & Pick<Value, "type" | "shape"> & { readonly draw: Draw },
  context: Context,
): Value {
  if (!isFloatType(type)) throw misfit(node, `expected a type of floats, got ${type}`);
  const output = context.output(type, shape);
  const { data } = output;
  for (let i = 0; i < output.size; i++) data[i] = draw();
  return output;
}

/** Bernoulli: 1 with the probability that each element is, or 0. */
export const bernoulli: Operator = ({ node }) => {
  const random = randomOf(node);
  return {
    isRandom: true,
    run(inputs, context) {
      const x = required(node, inputs, 0);
      checkKind(node, x, FLOATS);
      const output = context.output(typeAttribute(node, "dtype", x.type), x.shape);
      const { data } = output;
      for (let i = 0; i < x.size; i++) data[i] = numberIn(data, random() < x.data[i]! ? 1 : 0);
      return [output];
    },
  };
};

/** Multinomial: of each row of logarithms of probabilities so many classes as an attribute says. */
export const multinomial: Operator = ({ node }) => {
  const random = randomOf(node);
  const samples = intAttribute(node, "sample_size", 1);
  const type = typeAttribute(node, "dtype", "int32");
  return {
    isRandom: true,
    run(inputs, context) {
      const x = required(node, inputs, 0);
      checkKind(node, x, FLOATS);
      const [rows = 0, classes = 0] = x.shape;
      if (x.shape.length !== 2 || classes === 0)
        throw misfit(node, `expected a row of classes for each item, got shape ${shapeText(x.shape)}`);
      const output = context.output(type, [rows, samples]);
      const { data } = output;
      for (let row = 0; row < rows; row++) {
        const odds = oddsOf(x, row * classes, classes);
        for (let i = row * samples; i < (row + 1) * samples; i++) data[i] = numberIn(data, classAt(odds, random()));
      }
      return [output];
    },
  };
};

/** Sums of probabilities up to each class, times a number. */
function oddsOf({ data }: Value, start: number, classes: number): Float64Array {
  const sums = Float64Array.from({ length: classes }, (_, i) => Number(data[start + i]));
  const most = sums.reduce((max, value) => Math.max(max, value));
  for (const [i, value] of sums.entries()) sums[i] = Math.exp(value - most) + (sums[i - 1] ?? 0);
  return sums;
}

function classAt(odds: Float64Array, fraction: number): number {
  const found = odds.findIndex((sum) => fraction * odds.at(-1)! < sum);
  return found < 0 ? odds.length - 1 : found;
}

/**
 * The numbers from 0 to 1 that a node draws, by its seed, or else by the name of its output: every session draws the same, each of its
 * runs others.
 */
function randomOf(node: Node): Draw {
  const seed = Object.hasOwn(node.attributes, "seed") ? `${floatAttribute(node, "seed", 0)}` : (node.outputs[0] ?? "");
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of seed) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return seededRandom(hash);
}
