import { floatAttribute, misfit, type Node } from "@deep-compression/network";
import { type Finish, type FinishStep, finishBlock, type RowsStep, rowsStep, UNCHANGED } from "./finish";
import { type Finisher, type FollowingNode, floatsOf, type Inputs, required, type Site, scalarOf } from "./operation";
import { ADDITION } from "./operators/arithmetic";
import { foldedNormalization } from "./operators/batch-normalization";
import { combine } from "./operators/binary";
import type { Value } from "./value";

/** The largest float32, which bounds Clip before version 11 unless it is told otherwise. */
const LARGEST = 3.4028234663852886e38;

/** Numbers that each channel is multiplied by, and then those added. */
interface Affine {
  readonly factors: Float64Array;
  readonly terms: Float64Array;
}

/** Each output times alpha * itself + beta, which is held between two bounds. */
interface GateStep {
  readonly alpha: number;
  readonly beta: number;
  readonly low: number;
  readonly high: number;
}

/** A step while it is put together. */
interface RowsDraft {
  affine: Affine | undefined;
  slope: number;
  low: number;
  high: number;
}

/**
 * What a layer does to its outputs, by the nodes that it takes in. Its bias is its input 2.
 *
 * @param channels of its outputs, which are known where they are scaled or shifted
 */
export function finishOf(site: Site, channels: number): Finisher {
  const at = site.following.findIndex(({ isSum }) => isSum);
  if (at < 0) {
    const steps = stepsOf(site, channels);
    return { steps: (inputs) => steps(inputs[2]), rest: (_, output) => output };
  }
  const { node, inputs: places } = site.following[at]!;
  const before = stepsOf({ ...site, following: site.following.slice(0, at) }, channels);
  const behind = stepsOf({ ...site, following: site.following.slice(at + 1) }, channels)(undefined);
  const addendOf = (inputs: Inputs) => required(node, inputs, Math.max(...places));
  const fits = (addend: Value, { type, shape }: Value) =>
    addend.type === type && addend.shape.length === shape.length && shape.every((size, i) => size === addend.shape[i]);
  return {
    steps(inputs, output) {
      const addend = addendOf(inputs);
      const own = before(inputs[2]);
      return fits(addend, output) ? [...own, sumStep(addend.address - output.address), ...behind] : own;
    },
    rest(inputs, output, context) {
      const addend = addendOf(inputs);
      if (fits(addend, output)) return output;
      const sum = combine({ node, context, operator: ADDITION }, output, addend);
      const whole = { channel: 0, rows: 1, columns: sum.size, stride: 0, address: sum.address };
      finishBlock(context.kernels, behind, whole);
      return sum;
    },
  };
}

/** The same of nodes that add no such value; the function is given the bias. */
function stepsOf(site: Site, channels: number): (bias: Value | undefined) => Finish {
  const drafts: (RowsDraft | GateStep)[] = [];
  for (const following of site.following) addStep({ site, drafts, channels }, following);
  const [first] = drafts;
  const folds = first !== undefined && "affine" in first && first.affine !== undefined;
  const bias = folds ? site.constant(2) : undefined;
  if (bias !== undefined && folds) {
    const terms = perChannel(site.node, bias, channels);
    first.affine = composed({ factors: terms.map(() => 1), terms }, first.affine!);
  }
  const steps = drafts.map((draft) => ("affine" in draft ? keptStep(site, draft) : draft));
  const finish = steps.map(finishStep);
  return (shifts) => {
    if (folds || shifts === undefined) return finish;
    const [start] = steps;
    return start === undefined || "alpha" in start
      ? [rowsStep(UNCHANGED, shifts), ...finish]
      : [rowsStep(start, shifts), ...finish.slice(1)];
  };
}

function finishStep(step: RowsStep | GateStep): FinishStep {
  if (!("alpha" in step)) return rowsStep(step);
  const { alpha, beta, low, high } = step;
  return (kernels, { rows, columns, stride, address }) =>
    kernels.gateRows(rows, columns, stride, address, address, alpha, beta, low, high);
}

/** To each output the number is added that lies so many bytes from it. */
function sumStep(distance: number): FinishStep {
  return (kernels, { rows, columns, stride, address }) => {
    for (let row = 0, at = address; row < rows; row++, at += 4 * stride)
      kernels.addFloats(columns, at, 1, at + distance, 1, at);
  };
}

function keptStep(site: Site, { affine, ...bounds }: RowsDraft): RowsStep {
  if (affine === undefined) return bounds;
  const [scales, shifts] = [affine.factors, affine.terms].map((values) => {
    const kept = site.keep("float32", [values.length]);
    floatsOf(site.node, kept).set(values);
    return kept;
  });
  return { ...bounds, scales, shifts };
}

/** First one, then the other. */
function composed(first: Affine, then: Affine): Affine {
  return {
    factors: first.factors.map((factor, c) => factor * then.factors[c]!),
    terms: first.terms.map((term, c) => term * then.factors[c]! + then.terms[c]!),
  };
}

interface Place {
  readonly site: Site;
  readonly drafts: (RowsDraft | GateStep)[];
  readonly channels: number;
}

/** A step that a node may be part of: the last, unless it is a gate or already bounds what it gives. */
function openStep({ drafts }: Place): RowsDraft {
  const last = drafts.at(-1);
  if (last !== undefined && "affine" in last && !isBounded(last)) return last;
  const draft: RowsDraft = { ...UNCHANGED, affine: undefined };
  drafts.push(draft);
  return draft;
}

function isBounded({ slope, low, high }: RowsDraft): boolean {
  return slope !== 1 || low !== Number.NEGATIVE_INFINITY || high !== Number.POSITIVE_INFINITY;
}

function addStep(place: Place, following: FollowingNode): void {
  const { site, drafts } = place;
  const { node, gate } = following;
  if (gate !== undefined) drafts.push(gateStep(site, gate));
  else if (node.op === "HardSwish") drafts.push({ alpha: 1 / 6, beta: 0.5, low: 0, high: 1 });
  else if (node.op === "LeakyRelu") openStep(place).slope = Math.fround(floatAttribute(node, "alpha", 0.01));
  else if (node.op === "Relu") bound(place, 0, Number.POSITIVE_INFINITY);
  else if (node.op === "Clip") bound(place, ...clipBounds(site, following));
  else if (node.op === "Max") bound(place, otherScalar(site, following), Number.POSITIVE_INFINITY);
  else if (node.op === "Min") bound(place, Number.NEGATIVE_INFINITY, otherScalar(site, following));
  else {
    const step = openStep(place);
    const affine = affineOf(place, following);
    step.affine = step.affine === undefined ? affine : composed(step.affine, affine);
  }
}

/** Bounds of their own, which may stand behind a slope. */
function bound(place: Place, low: number, high: number): void {
  const last = place.drafts.at(-1);
  const fits = last !== undefined && "affine" in last && !isBounded({ ...last, slope: 1 });
  const step = fits ? (last as RowsDraft) : openStep(place);
  step.low = low;
  step.high = high;
}

function affineOf({ site, channels }: Place, following: FollowingNode): Affine {
  const { node, inputs } = following;
  if (node.op === "BatchNormalization") {
    const [scale, bias, mean, variance] = inputs
      .slice(1)
      .map((index) => perChannel(node, constantOf(site, node, index), channels)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return foldedNormalization({ scale, bias, mean, variance }, floatAttribute(node, "epsilon", 1e-5));
  }
  const values = perChannel(node, otherConstant(site, following), channels);
  const [ones, zeros] = [values.map(() => 1), values.map(() => 0)];
  if (node.op === "Mul") return { factors: values, terms: zeros };
  if (node.op === "Div") return { factors: values.map((value) => 1 / value), terms: zeros };
  return { factors: ones, terms: node.op === "Sub" ? values.map((value) => -value) : values };
}

/** The numbers of a constant, one a channel. @throws RangeError naming the node for another number of them than 1 or all */
function perChannel(node: Node, value: Value, channels: number): Float64Array {
  const data = floatsOf(node, value);
  if (data.length === channels) return Float64Array.from(data);
  if (data.length === 1) return new Float64Array(channels).fill(data[0]!);
  throw misfit(node, `expected numbers of ${channels} channels, got ${data.length}`);
}

function gateStep(site: Site, [start, clip]: readonly FollowingNode[]): GateStep {
  const { node } = start!;
  if (clip === undefined)
    return { alpha: floatAttribute(node, "alpha", 0.2), beta: floatAttribute(node, "beta", 0.5), low: 0, high: 1 };
  const [low, high] = clipBounds(site, clip);
  return { alpha: 1, beta: otherScalar(site, start!), low, high };
}

function clipBounds(site: Site, { node, inputs }: FollowingNode): readonly [low: number, high: number] {
  if (site.opset < 11) return [floatAttribute(node, "min", -LARGEST), floatAttribute(node, "max", LARGEST)];
  const given = (index = -1, absent: number) => (index < 0 ? absent : scalarOf(node, constantOf(site, node, index)));
  return [given(inputs[1], Number.NEGATIVE_INFINITY), given(inputs[2], Number.POSITIVE_INFINITY)];
}

function otherScalar(site: Site, following: FollowingNode): number {
  return scalarOf(following.node, otherConstant(site, following));
}

/** The operand of a node that is not the layer's output. */
function otherConstant(site: Site, { node, inputs }: FollowingNode): Value {
  return constantOf(site, node, Math.max(...inputs));
}

function constantOf(site: Site, node: Node, index: number): Value {
  const value = site.constant(index);
  if (value !== undefined) return value;
  throw misfit(node, "expected constants");
}
