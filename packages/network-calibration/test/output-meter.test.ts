// What is measured on made-up inputs, and every reason for which nothing is.
import {
  floatTensor,
  floatValues,
  type Graph,
  type Network,
  type NetworkSource,
  type Node,
  type Tensor,
  type ValueInfo,
} from "@deep-compression/network";
import { type Executor, outputMeter } from "@deep-compression/network-calibration";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, it } from "vitest";

/** What `output` makes of the weight "w" and the inputs; the network need not mean anything. */
type Run = (weight: Float32Array, inputs: ReadonlyMap<string, Tensor>) => readonly Tensor[];

/** Runs nothing but a function, and counts what is open. */
function fake(
  run: Run,
): Executor & { readonly most: () => number; readonly open: () => number; readonly seen: Map<string, Tensor>[] } {
  let [open, most] = [0, 0];
  const seen: Map<string, Tensor>[] = [];
  return {
    name: "fake",
    seen,
    most: () => most,
    open: () => open,
    async prepare({ tensors }) {
      most = Math.max(most, ++open);
      const weight = floatValues(tensors[0]!);
      return {
        async run(inputs) {
          seen.push(new Map(inputs));
          return new Map(run(weight, inputs).map((tensor) => [tensor.name, tensor]));
        },
        async close() {
          open--;
        },
      };
    },
  };
}

const INPUT: ValueInfo = { name: "x", type: "float32", shape: ["N", 8] };

function networkOf(
  weight: readonly number[],
  inputs: readonly ValueInfo[] = [INPUT],
  nodes: readonly Node[] = [],
): Network {
  const graph: Graph = { opset: 13, inputs, outputs: [{ name: "y" }], nodes };
  return { graph, tensors: [floatTensor("w", [weight.length], Float32Array.from(weight))] };
}

function sourceOf({ graph, tensors }: Network): NetworkSource {
  return { graph, tensors: tensors.map(({ bytes, ...tensor }) => ({ ...tensor, read: () => bytes })) };
}

const y = (values: readonly number[], name = "y") => floatTensor(name, [values.length], Float32Array.from(values));
const sum = (inputs: ReadonlyMap<string, Tensor>) =>
  floatValues(inputs.get("x")!).reduce((all, value) => all + value, 0);

/** The weight times the sum of the input: errors of outputs are those of weights. */
const linear: Run = ([w = 0], inputs) => [y([w * sum(inputs)])];

const measured = (run: Run, coded: readonly number[], dense: Network = networkOf([1])) =>
  outputMeter(sourceOf(dense), fake(run)).measure(networkOf(coded, dense.graph!.inputs));

describe("outputMeter", () => {
  it("gives the relative error of the worst output", async () => {
    const two: Run = ([w = 0], inputs) => [y([sum(inputs)], "same"), y([w * sum(inputs)], "off")];
    const found = await measured(two, [1.25]);
    expect(found).toMatchObject({ output: "off", notCompared: [], error: expect.closeTo(0.25, 5) });
    expect(await measured(linear, [1])).toMatchObject({ error: 0 });
  });

  it("gives the same inputs each time, dense and coded, and never holds both", async () => {
    const executor = fake(linear);
    const meter = outputMeter(sourceOf(networkOf([1])), executor);
    const first = await meter.measure(networkOf([1.5]), { enough: 1 });
    const second = await meter.measure(networkOf([1.5]), { enough: 1 });
    expect(second).toEqual(first);
    expect(executor.seen).toHaveLength(6); // the dense network once, two items each
    for (const run of [2, 4]) for (const item of [0, 1]) expect(executor.seen[run + item]).toEqual(executor.seen[item]);
    expect([executor.most(), executor.open()]).toEqual([1, 0]);
  });

  it("hands the state of a network on from part to part of a signal, in the dense network and in the coded one", async () => {
    const state: ValueInfo = { name: "state", type: "float32", shape: [1] };
    const dense = networkOf([1], [INPUT, state]);
    const graph = { ...dense.graph!, outputs: [{ name: "y" }, { ...state, name: "stateN" }] };
    // Adds up what it hears, and forgets nothing.
    const adds: Run = ([w = 0], inputs) => {
      const total = floatValues(inputs.get("state")!)[0]! + w * sum(inputs);
      return [y([total]), y([total], "stateN")];
    };
    const executor = fake(adds);
    const meter = outputMeter(sourceOf({ ...dense, graph }), executor);
    const found = await meter.measure({ ...networkOf([1.25]), graph }, { enough: 1 });
    expect(found).toMatchObject({ error: expect.closeTo(0.25, 5) });
    expect(executor.seen).toHaveLength(2 * 2 * 8); // two networks, two items of eight parts
    for (const [weight, first] of [
      [1, 0],
      [1.25, 16],
    ] as const) {
      let total = 0;
      for (const inputs of executor.seen.slice(first, first + 8)) {
        expect(floatValues(inputs.get("state")!)[0]).toBeCloseTo(total, 4);
        total += weight * sum(inputs);
      }
      expect(floatValues(executor.seen[first + 8]!.get("state")!)).toEqual(new Float32Array(1)); // another item begins anew
    }
    const parts = executor.seen.slice(0, 8).map((inputs) => `${floatValues(inputs.get("x")!)}`);
    expect(new Set(parts).size).toBe(8);
  });

  it("runs a network whose states do not come out once an item", async () => {
    const state: ValueInfo = { name: "state", type: "float32", shape: [3] };
    const executor = fake(linear);
    await outputMeter(sourceOf(networkOf([1], [INPUT, state])), executor).measure(networkOf([1.5]), { enough: 1 });
    expect(executor.seen).toHaveLength(4);
  });

  it("counts the range of values in which outputs are off least, and asks no more where that is enough", async () => {
    const peak = (inputs: ReadonlyMap<string, Tensor>) => Math.max(...floatValues(inputs.get("x")!).map(Math.abs));
    // The louder the input, the more the weight matters.
    const loud: Run = ([w = 0], inputs) => [y([sum(inputs) * (1 + (w - 1) * (peak(inputs) / (1 + peak(inputs))))])];
    const executor = fake(loud);
    const meter = outputMeter(sourceOf(networkOf([1])), executor);
    const found = await meter.measure(networkOf([3]), { enough: 0 });
    expect(executor.seen).toHaveLength(12); // three ranges, two items, two networks
    expect(found).toMatchObject({ error: expect.closeTo((2 * 0.1) / 1.1, 1) });
    await meter.measure(networkOf([2]), { enough: 0.2 });
    expect(executor.seen).toHaveLength(14); // the range that suits comes first by now, and the dense network has run
    const eager = fake(linear);
    await outputMeter(sourceOf(networkOf([1])), eager).measure(networkOf([1.01]), { enough: 0.05 });
    expect(eager.seen).toHaveLength(4);
  });

  it("does not count a range in which all outputs are where a sigmoid ends, if another is", async () => {
    // Of the loudest inputs 1 and 0 come out, whatever the weight.
    const sigmoid =
      (steepness: number): Run =>
      ([w = 0], inputs) => [y([...floatValues(inputs.get("x")!)].map((x) => 1 / (1 + Math.exp(-steepness * w * x))))];
    const found = await measured(sigmoid(1), [0.5]);
    expect("error" in found && found.error).toBeGreaterThan(0.01);
    expect(await measured(sigmoid(1e9), [0.5])).toMatchObject({ error: 0 }); // of none, all count
  });

  it("does not count a range in which outputs are the same for every item, if another is", async () => {
    // Loud inputs drive it to where it says 1 whatever comes, and its weight does not matter.
    const saturates: Run = ([w = 0], inputs) => [
      y([Math.max(...floatValues(inputs.get("x")!).map(Math.abs)) > 0.5 ? 1 : w * sum(inputs)]),
    ];
    expect(await measured(saturates, [1.25])).toMatchObject({ error: expect.closeTo(0.25, 5) });
    expect(await measured(([w = 0]) => [y([w])], [1.25])).toMatchObject({ error: 0.25 }); // of none, all count
  });

  it("takes what turns infinite or NaN for as wrong as can be, and leaves out ranges in which the model itself does", async () => {
    expect(await measured(([w = 0], inputs) => [y([w > 1 ? Number.NaN : sum(inputs)])], [2])).toMatchObject({
      error: Number.POSITIVE_INFINITY,
    });
    expect(
      await measured(([w = 0], inputs) => [y([w > 1 ? Number.POSITIVE_INFINITY : sum(inputs)])], [2]),
    ).toMatchObject({ error: Number.POSITIVE_INFINITY });
    const overflows: Run = ([w = 0], inputs) => [y([Math.abs(sum(inputs)) > 100 ? Number.NaN : w * sum(inputs)])];
    expect(await measured(overflows, [1.5])).toMatchObject({ error: expect.closeTo(0.5, 5) });
    expect(await measured(() => [y([Number.NaN])], [2])).toEqual({ whyNot: expect.stringContaining("not finite") });
  });

  it("says so where outputs are zeros and stay zeros, and finds any error in zeros that do not", async () => {
    expect(await measured(() => [y([0, 0])], [2])).toEqual({ whyNot: expect.stringContaining("next to nothing") });
    expect(await measured(([w = 0], inputs) => [y([0, 0], "nothing"), y([w * sum(inputs)])], [1])).toMatchObject({
      error: 0,
    });
    const found = await measured(([w = 0]) => [y([w - 1])], [2]);
    expect("error" in found && found.error).toBeGreaterThan(1000);
  });

  it("counts integers only where there are no floats, by how many differ", async () => {
    const integers = (values: readonly number[]): Tensor => ({
      name: "i",
      type: "int32",
      shape: [values.length],
      bytes: new Uint8Array(Int32Array.from(values).buffer),
    });
    const both: Run = ([w = 0], inputs) => [integers([1, 2, 3, w]), y([sum(inputs)])];
    expect(await measured(both, [4])).toMatchObject({ error: 0, output: "y" });
    expect(await measured(([w = 0]) => [integers([1, 2, 3, w])], [4])).toMatchObject({ error: 0.25, output: "i" });
  });

  it("names outputs whose shapes differ, and says so where there are no others", async () => {
    const boxes: Run = ([w = 0], inputs) => [
      y(
        Array.from({ length: w }, () => 1),
        "boxes",
      ),
      y([sum(inputs)]),
    ];
    expect(await measured(boxes, [2])).toMatchObject({ error: 0, output: "y", notCompared: ["boxes"] });
    expect(await measured(([w = 0]) => [y(Array.from({ length: w }, () => 1))], [2])).toEqual({
      whyNot: expect.stringContaining("no fixed shape"),
    });
  });

  it("tries sizes until the network takes one", async () => {
    const input: ValueInfo = { name: "x", type: "float32", shape: ["N", 3, "h", "w"] };
    const only128: Run = ([w = 0], inputs) => {
      const { shape } = inputs.get("x")!;
      if (`${shape}` !== "1,3,128,128") throw new RangeError(`no ${shape}`);
      return [y([w * sum(inputs)])];
    };
    expect(await measured(only128, [1.5], networkOf([1], [input]))).toMatchObject({ error: expect.closeTo(0.5, 4) });
  });

  it.each([
    ["no graph", "no graph", { ...sourceOf(networkOf([1])), graph: undefined }],
    [
      "a random operator",
      "RandomNormal",
      sourceOf(networkOf([1], [INPUT], [{ op: "RandomNormal", inputs: [], outputs: ["y"], attributes: {} }])),
    ],
    ["an input of unknown shape", 'input "z"', sourceOf(networkOf([1], [{ name: "z", type: "float32" }]))],
    ["an input of unknown type", 'input "z"', sourceOf(networkOf([1], [{ name: "z", shape: [1] }]))],
  ])("of %s says why nothing is measured, before anything is run", async (_, reason, source) => {
    const executor = fake(linear);
    const meter = outputMeter(source, executor);
    expect(meter.whyNot).toContain(reason);
    expect(await meter.measure(networkOf([2]))).toEqual({ whyNot: meter.whyNot });
    expect(executor.seen).toEqual([]);
  });

  it("of too many bytes says how many, and reads none", async () => {
    const source = {
      ...sourceOf(networkOf([1])),
      tensors: [{ name: "w", type: "float32" as const, shape: [9], read: () => expect.fail() }],
    };
    expect(outputMeter(source, fake(linear), { maxBytes: 35 }).whyNot).toContain("36 bytes");
    expect(outputMeter(source, fake(linear), { maxBytes: 36 }).whyNot).toBeUndefined();
  });

  it("says what an executor throws, and lets go of what it holds", async () => {
    const broken = fake(() => {
      throw new Error("a wheel came off");
    });
    expect(await outputMeter(sourceOf(networkOf([1])), broken).measure(networkOf([2]))).toEqual({
      whyNot: "it takes no inputs that were made up: a wheel came off",
    });
    expect(broken.open()).toBe(0);
    const refuses: Executor = {
      name: "none",
      prepare: () => Promise.reject(new RangeError("it lacks the operator Frobnicate")),
    };
    expect(await outputMeter(sourceOf(networkOf([1])), refuses).measure(networkOf([2]))).toEqual({
      whyNot: "it lacks the operator Frobnicate",
    });
  });

  it("makes up masks of ones, states of zeros, rates of samples and small integers", async () => {
    const inputs: ValueInfo[] = [
      { name: "ids", type: "int64", shape: ["N", "length"] },
      { name: "attention_mask", type: "int64", shape: ["N", "length"] },
      { name: "state", type: "float32", shape: [2, "", 4] },
      { name: "sr", type: "int64", shape: [] },
      { name: "flag", type: "bool", shape: [1] },
    ];
    const executor = fake(([w = 0]) => [y([w])]);
    await outputMeter(sourceOf(networkOf([1], inputs)), executor).measure(networkOf([2], inputs));
    const [item] = executor.seen;
    const integers = (name: string) => [...new BigInt64Array(item!.get(name)!.bytes.slice().buffer)].map(Number);
    expect(item!.get("ids")!.shape).toEqual(item!.get("attention_mask")!.shape);
    for (const id of integers("ids")) expect(id).toBeLessThan(100);
    expect(new Set(integers("ids")).size).toBeGreaterThan(5);
    expect(new Set(integers("attention_mask"))).toEqual(new Set([1]));
    expect(item!.get("state")!).toMatchObject({ shape: [2, 1, 4], bytes: new Uint8Array(32) });
    expect(integers("sr")).toEqual([16000]);
    expect([...item!.get("flag")!.bytes]).toEqual([1]);
  });

  it("makes up pictures with channels where the shape has them, within the range", async () => {
    const random = seededRandom(1);
    for (const shape of [
      [1, 3, 16, 24],
      [1, 16, 24, 3],
    ]) {
      const inputs: ValueInfo[] = [{ name: "x", type: "float32", shape }];
      const executor = fake(([w = 0]) => [y([w, random()])]);
      await outputMeter(sourceOf(networkOf([1], inputs)), executor).measure(networkOf([2], inputs));
      const [leaves, page] = executor.seen.map((item) => floatValues(item.get("x")!));
      for (const values of [leaves!, page!]) {
        expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
        expect(Math.max(...values)).toBeLessThanOrEqual(1);
        expect(new Set(values).size).toBeGreaterThan(2);
      }
      // A page is grey: the channels of a pixel are the same.
      const step = shape[1] === 3 ? 16 * 24 : 1;
      const first = shape[1] === 3 ? [...page!.slice(0, 16 * 24)] : [...page!].filter((_, i) => i % 3 === 0);
      const second = shape[1] === 3 ? [...page!.slice(step, 2 * step)] : [...page!].filter((_, i) => i % 3 === 1);
      expect(second).toEqual(first);
    }
  });
});
