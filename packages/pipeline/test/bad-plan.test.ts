import { floatTensor, type Network } from "@deep-compression/network";
import { compress, type Plan } from "@deep-compression/pipeline";
import { expect, test } from "vitest";
import { tensorPlans } from "../src/tensor-plans";

/** No float32 tensor: what is wrong with a plan is found whatever the tensors are. */
const network: Network = {
  graph: undefined,
  tensors: [{ name: "n", type: "int8", shape: [1], bytes: Uint8Array.of(1) }],
};

function compressed(plan: unknown): () => void {
  return () => compress(network, plan as Plan);
}

const withDefault = (tensorPlan: object) => compressed({ default: tensorPlan });
const withShare = (share: unknown) => withDefault({ share });

test("a plan that is no object, and what of it has to be one, is named", () => {
  expect(compressed(undefined)).toThrow(new TypeError("plan: expected an object, got undefined"));
  expect(compressed(null)).toThrow(new TypeError("plan: expected an object, got null"));
  expect(compressed({})).toThrow(new TypeError("plan.default: expected an object, got undefined"));
  expect(compressed({ default: [] })).toThrow(new TypeError("plan.default: expected an object, got Array"));
  expect(compressed({ default: {}, tensors: 5 })).toThrow(new TypeError("plan.tensors: expected an object, got 5"));
  expect(compressed({ default: {}, tensors: new Map() })).toThrow(
    new TypeError("plan.tensors: expected an object, got Map"),
  );
  expect(compressed({ default: {}, tensors: { n: null } })).toThrow(
    new TypeError('plan.tensors["n"]: expected an object, got null'),
  );
  expect(withShare(null)).toThrow(new TypeError("plan.default.share: expected an object, got null"));
  expect(withShare("k-means")).toThrow(/^plan.default.share: expected "exact", "none" or an object, got "k-means"$/);
});

test("what is no number is not taken for one", () => {
  for (const [value, kind] of [
    [null, "null"],
    ["0.1", '"0.1"'],
    [true, "true"],
    [[], "Array"],
  ] as const) {
    const message = (where: string) => new TypeError(`${where}: expected a number in 0..1, got ${kind}`);
    expect(compressed({ default: {}, maxError: value })).toThrow(message("plan.maxError"));
    expect(withDefault({ maxError: value })).toThrow(message("plan.default.maxError"));
    expect(withDefault({ sparsity: value })).toThrow(message("plan.default.sparsity"));
    expect(withShare({ method: "entropy-constrained", lambda: value })).toThrow(
      new TypeError(`plan.default.share.lambda: expected a finite number above 0, got ${kind}`),
    );
  }
  expect(withDefault({ sparsity: Number.NaN })).toThrow(RangeError);
  expect(withShare({ size: "3" })).toThrow('plan.default.share.size: expected an integer in 1..65535, got "3"');
  expect(withDefault({ gapBits: "3" })).toThrow('plan.default.gapBits: expected an integer in 1..8, got "3"');
  expect(compressed({ default: {}, effort: "huge" })).toThrow(
    'plan.effort: expected fast, default, smallest, got "huge"',
  );
  expect(withDefault({ form: 5 })).toThrow(
    "plan.default.form: expected auto, raw, dense, gaps, bitmask, context, got 5",
  );
});

test("every member of a way to share is checked before a tensor is coded, and named with its place", () => {
  const where = "plan.default.share";
  expect(withShare({ size: 4, method: "foo" })).toThrow(
    `${where}.method: expected lloyd, optimal, entropy-constrained, got "foo"`,
  );
  expect(withShare({ size: 4, init: "foo" })).toThrow(`${where}.init: expected linear, density, random, got "foo"`);
  expect(withShare({ size: 4, seed: "x" })).toThrow(/^plan.default.share.seed: expected an integer in .*, got "x"$/);
  expect(withShare({ size: 4, seed: 1.5 })).toThrow(/^plan.default.share.seed: expected an integer in .*, got 1.5$/);
  expect(withShare({ size: 1025, method: "optimal" })).toThrow(
    `${where}.size: expected an integer in 1..1024, got 1025`,
  );
  expect(compressed({ default: {}, tensors: { "*": { share: { size: 0 } } } })).toThrow(
    'plan.tensors["*"].share.size: expected an integer in 1..65535, got 0',
  );
  for (const share of [
    { size: 1024, method: "optimal", init: "density", seed: -7 },
    { size: 65535, method: "lloyd", init: undefined, seed: undefined },
    { method: "entropy-constrained", lambda: 1e-9, size: 2 },
  ])
    expect(withShare(share)).not.toThrow();
});

test("metadata are texts by name", () => {
  const withMetadata = (metadata: unknown) => compressed({ default: {}, metadata });
  for (const value of [5, null, undefined]) {
    expect(withMetadata({ a: value })).toThrow(
      new TypeError(`plan.metadata["a"]: expected a string, got ${String(value)}`),
    );
  }
  expect(withMetadata(["a"])).toThrow(new TypeError("plan.metadata: expected an object, got Array"));
  expect(withMetadata({ a: "\ud800" })).toThrow(
    new RangeError('plan.metadata["a"]: expected well-formed Unicode, got a lone surrogate'),
  );
  expect(withMetadata({ "\ud800": "a" })).toThrow(/^a key of plan.metadata: expected well-formed Unicode/);
});

test("names are looked up: a plan for each of the most tensors that a file has is found in time", () => {
  const names = Array.from({ length: 65536 }, (_, i) => `layer${i}.weight`);
  const tensors = Object.fromEntries(names.map((name, i) => [name, { gapBits: 1 + (i % 8) }]));
  const plans = tensorPlans({ default: { sparsity: 0.5 }, tensors: { "*": { gapBits: 8 }, ...tensors } }, names);
  expect(plans.get("layer65534.weight")).toEqual({ sparsity: 0.5, gapBits: 7 });
});

test("a tensor whose name has a star is planned for by its name before a pattern", () => {
  const plan = { default: {}, tensors: { "*": { gapBits: 1 }, "a*": { gapBits: 2 } } };
  expect(tensorPlans(plan, ["a*", "ab", "b"]).get("a*")).toEqual({ gapBits: 2 });
  expect(tensorPlans(plan, ["a*", "ab", "b"]).get("ab")).toEqual({ gapBits: 1 });
  expect(() => compress({ graph: undefined, tensors: [floatTensor("w", [], Float32Array.of(1))] }, plan)).toThrow(
    /plan.tensors: expected names of tensors or patterns for them, got "a\*"/,
  );
});
