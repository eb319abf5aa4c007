import { elementCount } from "@deep-compression/bits";
import { readContainer, writeContainer } from "@deep-compression/container";
import { mutatedBytes } from "@deep-compression/container/arbitraries";
import {
  ELEMENT_TYPES,
  type ElementType,
  elementBytes,
  elementsOfValues,
  elementTypeOfCode,
  floatTensor,
  type Graph,
  isFloatType,
  type Network,
  numberType,
  type Tensor,
} from "@deep-compression/network";
import { densityClassSections, scaledSections } from "@deep-compression/tensor-codec/arbitraries";
import fc from "fast-check";
import { compress } from "./compress";
import type { Plan, TensorPlan } from "./plan";

/** Shapes of scalars, vectors, matrices and filters, some without elements. */
export function shapes(): fc.Arbitrary<readonly number[]> {
  const size = fc.integer({ min: 1, max: 12 });
  return fc.oneof(
    fc.constantFrom([], [0], [3, 0, 2], [1], [1, 1]),
    fc.tuple(fc.integer({ min: 1, max: 60 })),
    fc.tuple(size, size),
    fc.tuple(fc.integer({ min: 1, max: 4 }), size, fc.constantFrom(1, 3), fc.constantFrom(1, 3)),
  );
}

/** A float32 tensor of any bits, of few distinct values, or sparse with whole rows and columns of zeros. */
function floatTensors(name: string): fc.Arbitrary<Tensor> {
  return shapes().chain((shape) => {
    const count = elementCount(shape);
    const fill = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: count, maxLength: count });
    const few = fc.constantFrom(0, 0, 0, 0, 0, 0, 0.5, -0.25, 1 / 3, 2, -1e-3);
    const columns = shape[shape.length - 1] ?? 1;
    const columnsUsed = fc.tuple(fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }), fill(few));
    const striped = columnsUsed.map(([used, values]) =>
      values.map((value, i) => (used[(i % columns) % 13] ? value : 0)),
    );
    const any = fc.float({ noDefaultInfinity: false });
    const zeros = fc.constantFrom(0, 0, -0, 1);
    return fc
      .oneof(fill(few), striped, fill(any), fill(fc.float({ noNaN: true, noDefaultInfinity: true })), fill(zeros))
      .map((values) => floatTensor(name, shape, Float32Array.from(values)));
  });
}

/** A tensor of any numeric type: of arbitrary bytes, of few numbers that the type has, or mostly zeros. */
function otherTensors(name: string): fc.Arbitrary<Tensor> {
  const types = Object.keys(ELEMENT_TYPES) as ElementType[];
  return fc.tuple(fc.constantFrom(...types), shapes()).chain(([type, shape]) => {
    const count = elementCount(shape);
    const length = elementBytes(type, count);
    const any = fc.uint8Array({ minLength: length, maxLength: length });
    const sparse = fc.tuple(any, fc.integer({ min: 2, max: 9 })).map(([bytes, every]) => {
      const size = Math.max(1, ELEMENT_TYPES[type].bits / 8);
      return bytes.map((byte, i) => (Math.floor(i / size) % every === 0 ? byte : 0));
    });
    const few = numberType(type) === undefined ? any : valuesOf(type, count);
    return fc.oneof(any, sparse, { weight: 2, arbitrary: few }).map((bytes) => ({ name, type, shape, bytes }));
  });
}

/** Elements that are whole numbers of any type, or fractions of one that has them. */
function valuesOf(type: ElementType, count: number): fc.Arbitrary<Uint8Array> {
  const whole = [0, 0, 0, 1, 2, 5, 7];
  const values = isFloatType(type) ? [...whole, -1, 0.5, -0.375, 1 / 3] : whole;
  return fc
    .array(fc.constantFrom(...values), { minLength: count, maxLength: count })
    .map((list) => elementsOfValues(type, Float32Array.from(list)));
}

/** A graph that uses each tensor once; that it computes nothing sensible is no matter to a file. */
function graphOf(tensors: readonly Tensor[]): Graph {
  const nodes = tensors.map(({ name }, i) => ({
    op: "Add",
    inputs: [i === 0 ? "x" : `value${i - 1}`, name],
    outputs: [i === tensors.length - 1 ? "y" : `value${i}`],
    attributes: {},
  }));
  const value = (name: string) => ({ name, type: "float32" as const, shape: ["N", 4] });
  return { opset: 13, inputs: [value("x")], outputs: [value("y")], nodes };
}

/** Networks of one to four tensors of every type and shape, with a graph or without, with metadata or without. */
export function networks(): fc.Arbitrary<Network> {
  const names = fc.uniqueArray(fc.constantFrom("ip1.weight", "ip1.bias", "conv/1.weight", "é", "__proto__"), {
    minLength: 1,
    maxLength: 4,
  });
  return names
    .chain((list) =>
      fc.tuple(...list.map((name) => fc.oneof({ weight: 2, arbitrary: floatTensors(name) }, otherTensors(name)))),
    )
    .chain((tensors) =>
      fc.record({
        graph: fc.constantFrom(undefined, graphOf(tensors)),
        tensors: fc.constant(tensors),
        metadata: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 2 }),
      }),
    );
}

/** What may be done to a tensor, each option there or not, but for values shared by rate. */
export function tensorPlans(): fc.Arbitrary<TensorPlan> {
  const share = fc.record(
    {
      size: fc.integer({ min: 1, max: 20 }),
      method: fc.constantFrom("lloyd" as const, "optimal" as const),
      init: fc.constantFrom("linear" as const, "density" as const, "random" as const),
      seed: fc.nat(),
    },
    { requiredKeys: ["size"] },
  );
  return fc.record(
    {
      sparsity: fc.double({ min: 0, max: 1, noNaN: true }),
      share: fc.oneof(fc.constantFrom("exact" as const, "none" as const), share),
      form: fc.constantFrom(
        "auto" as const,
        "raw" as const,
        "dense" as const,
        "gaps" as const,
        "bitmask" as const,
        "context" as const,
      ),
      gapBits: fc.oneof(fc.constant("auto" as const), fc.integer({ min: 1, max: 8 })),
      centroids: fc.constantFrom("auto" as const, "float16" as const, "float32" as const),
      lineMaps: fc.constantFrom("auto" as const, "never" as const),
      order: fc.constantFrom("auto" as const, "row-major" as const, "column-major" as const),
      negativeZero: fc.constantFrom("keep" as const, "drop" as const),
    },
    { requiredKeys: [] },
  );
}

/** Plans that treat all tensors of a network alike, and share values by clusters or not at all. */
export function plans(): fc.Arbitrary<Plan> {
  return fc.tuple(tensorPlans(), efforts()).map(([plan, effort]) => ({ default: plan, ...effort }));
}

/** What a plan says of effort, if anything. */
function efforts(): fc.Arbitrary<Pick<Plan, "effort">> {
  return fc.constantFrom({}, { effort: "fast" as const }, { effort: "smallest" as const });
}

/** Plans that share values by rate and distortion: at a lambda, within an error that the tensor or the plan says. */
export function ratePlans(): fc.Arbitrary<Plan> {
  const error = fc.constantFrom(0, 1e-7, 1e-4, 0.01, 0.3, 1);
  const lambda = fc.constantFrom(1e-9, 1e-4, 0.01, 10);
  const byRate = fc.record(
    { method: fc.constant("entropy-constrained" as const), lambda, size: fc.integer({ min: 2, max: 300 }) },
    { requiredKeys: ["method", "lambda"] },
  );
  const sharing: fc.Arbitrary<{ readonly tensor: TensorPlan; readonly network?: Pick<Plan, "maxError"> }> = fc.oneof(
    byRate.map((share) => ({ tensor: { share } })),
    error.map((maxError) => ({ tensor: { maxError } })),
    error.map((maxError) => ({ tensor: {}, network: { maxError } })),
  );
  const errorOf = fc.constantFrom(
    undefined,
    "energy" as const,
    "typical" as const,
    "rows" as const,
    "columns" as const,
  );
  return fc
    .tuple(tensorPlans(), sharing, fc.constantFrom(undefined, "auto" as const, "keep" as const), errorOf, efforts())
    .map(([{ form, gapBits, centroids, lineMaps, order }, { tensor, network }, zeros, relativeTo, effort]) => ({
      default: { ...defined({ form, gapBits, centroids, lineMaps, order, zeros, errorOf: relativeTo }), ...tensor },
      ...network,
      ...effort,
    }));
}

function defined(plan: { readonly [Key in keyof TensorPlan]: TensorPlan[Key] | undefined }): TensorPlan {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined));
}

/** Plans under which a network comes back bit for bit. */
export function losslessPlans(): fc.Arbitrary<Plan> {
  return fc.tuple(tensorPlans(), efforts()).map(([{ form, gapBits, lineMaps, order }, effort]) => ({
    default: { form, gapBits, lineMaps, order },
    ...effort,
  }));
}

/** Valid `.dcz` files of networks, in every form. */
export function dczFiles(): fc.Arbitrary<Uint8Array> {
  const compressed = fc
    .tuple(networks(), fc.oneof({ weight: 3, arbitrary: plans() }, ratePlans()))
    .map(([network, plan]) => compress(network, plan).bytes);
  return fc.oneof(
    { weight: 4, arbitrary: compressed },
    { weight: 2, arbitrary: compressed.chain(withEnvelope) },
    classFiles(),
  );
}

/** The file with an envelope in the place of its graph: a hole for each tensor, as bytes, in one file or in several. */
function withEnvelope(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const { model: _, ...content } = readContainer(bytes);
  const tensorCount = content.tensors.length;
  return fc
    .record({
      format: fc.nat({ max: 3 }),
      gaps: fc.array(fc.nat({ max: 3 }), { minLength: tensorCount, maxLength: tensorCount }),
      rest: fc.uint8Array({ maxLength: 20 }),
      cut: fc.nat({ max: 100 }),
    })
    .map(({ format, gaps, rest, cut }) => {
      let end = 0;
      const holes = content.tensors.map(({ type, shape }, i) => {
        const start = end + gaps[i]!;
        const length = elementBytes(elementTypeOfCode(type) ?? "uint8", elementCount(shape));
        end = start + length;
        return { start, length, encoding: "bytes" as const };
      });
      const total = end + rest.length;
      const first = Math.min(cut, total);
      const files = [
        { name: "model", byteLength: first },
        { name: "data/rest", byteLength: total - first },
      ];
      const skeleton = Uint8Array.from([...new Uint8Array(gaps.reduce((sum, gap) => sum + gap, 0)), ...rest]);
      return writeContainer({ ...content, model: { kind: "envelope", envelope: { format, files, holes, skeleton } } });
    });
}

/** Files of one matrix whose rows and columns have density classes, and perhaps scales; `compress` writes such files of large tensors only. */
export function classFiles(): fc.Arbitrary<Uint8Array> {
  return fc
    .oneof(densityClassSections(), scaledSections())
    .map(({ shape, kind, bytes }) =>
      writeContainer({ tensors: [{ name: "w", type: 1, shape, sections: [{ kind, bytes }] }] }),
    );
}

/**
 * Files in which one section or the graph has suffered an accident *before* the checksums were taken, and before the graph was
 * deflated: what only a decoder's own checks can find. It must raise FormatError, or decode and encode to the very same bytes.
 */
export function mutatedDczFiles(): fc.Arbitrary<{ readonly original: Uint8Array; readonly mutated: Uint8Array }> {
  return fc.tuple(dczFiles(), fc.nat()).chain(([original, pick]) => {
    const { model, ...content } = readContainer(original);
    const graph = model?.kind === "graph" ? model.bytes : undefined;
    const at = pick % (content.tensors.length + (graph ? 1 : 0));
    const tensor = content.tensors[at];
    const bytes = tensor?.sections[0]?.bytes ?? graph ?? new Uint8Array(1);
    return mutatedBytes(fc.constant(bytes)).map(({ mutated }) => {
      const changed = (kind: number) => [{ kind, bytes: mutated }];
      const tensors = content.tensors.map((t, i) =>
        i === at && t.repeats === undefined ? { ...t, sections: changed(t.sections[0]!.kind) } : t,
      );
      const changedModel = mutated.length === 0 ? undefined : ({ kind: "graph", bytes: mutated } as const);
      const kept = tensor ? model : changedModel;
      return { original, mutated: writeContainer({ ...content, ...(kept && { model: kept }), tensors }) };
    });
  });
}
