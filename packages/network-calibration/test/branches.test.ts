import { sessionExecutor } from "@deep-compression/inference";
import { type Network, type Node, numericValues, type Tensor } from "@deep-compression/network";
import { calibrateNetwork, type NamedTensors } from "@deep-compression/network-calibration";
import { describe, expect, test } from "vitest";
import { batchesOf, networkOf, node } from "./networks";

const executor = sessionExecutor();
const SIZE = 12;
const SHAPES = { w0: [SIZE, SIZE], w1: [SIZE, SIZE], b1: [SIZE], w2: [SIZE, SIZE], b2: [SIZE] };

function flag(name: string, value: boolean): Tensor {
  return { name, type: "bool", shape: [], bytes: Uint8Array.of(Number(value)) };
}

/** Batches of 16 items each, for each of which `flags` says which branches it takes. */
function batchesWith(flags: readonly Readonly<Record<string, boolean>>[], seed = 1): readonly NamedTensors[] {
  return batchesOf("x", [SIZE], { batches: flags.length, size: 16, seed }).map(
    (batch, i) =>
      new Map([...batch, ...Object.entries(flags[i]!).map(([name, on]) => [name, flag(name, on)] as const)]),
  );
}

function branch(nodes: readonly Node[], output = "out") {
  return { graph: { inputs: [], outputs: [{ name: output }], nodes, tensors: {} } };
}

/** A layer and its bias, of "in". */
function layer(input: string, number: 1 | 2): readonly Node[] {
  return [node("MatMul", [input, `w${number}`], "h"), node("Add", ["h", `b${number}`], "out")];
}

function network(nodes: readonly Node[], flags = ["on"]): Network {
  const plain = networkOf(nodes, SHAPES, [SIZE]);
  const inputs = flags.map((name) => ({ name, type: "bool" as const, shape: [] }));
  return { ...plain, graph: { ...plain.graph!, inputs: [...plain.graph!.inputs, ...inputs] } };
}

const EITHER = [node("If", ["on"], "y", { then_branch: branch(layer("x", 1)), else_branch: branch(layer("x", 2)) })];
const WITH_TRUNK = [
  node("MatMul", ["x", "w0"], "t"),
  node("If", ["on"], "r", { then_branch: branch(layer("t", 1)), else_branch: branch(layer("t", 2)) }),
  node("Relu", ["r"], "y"),
];
const TURNS = Array.from({ length: 12 }, (_, i) => ({ on: i % 3 !== 0 }));
const options = { executor, lambda: 1e-4 };

describe("an If that takes either branch", () => {
  test("has the weights of each branch calibrated by the inputs that take it, as if there were no others", async () => {
    const batches = batchesWith(TURNS);
    const heldOut = batchesWith([{ on: true }, { on: false }], 2);
    const { tensors, layers, outputs } = await calibrateNetwork(network(EITHER), batches, { ...options, heldOut });
    expect(layers.map(({ tensor, method, inputs, bias }) => [tensor, method, inputs, bias])).toEqual([
      ["w1", "compensated", 8 * 16, "b1"],
      ["w2", "compensated", 4 * 16, "b2"],
    ]);
    for (const number of [1, 2] as const) {
      const takes = (batch: NamedTensors) => (batch.get("on")!.bytes[0] === 1) === (number === 1);
      const only = (all: readonly NamedTensors[]) =>
        all.filter(takes).map((batch) => new Map([["x", batch.get("x")!]]));
      const alone = networkOf(
        layer("x", number).map((one) => (one.outputs[0] === "out" ? { ...one, outputs: ["y"] } : one)),
        SHAPES,
        [SIZE],
      );
      const own = await calibrateNetwork(alone, only(batches), { ...options, heldOut: only(heldOut) });
      for (const name of [`w${number}`, `b${number}`]) expect(tensors.get(name)).toEqual(own.tensors.get(name));
      const place = heldOut.findIndex(takes);
      expect(numericValues(outputs.compressed[place]!.get("y")!)).toEqual(
        numericValues(own.outputs.compressed[0]!.get("y")!),
      );
    }
  });

  test("leaves what all inputs go through to all of them, and gives the outputs that the whole network gives", async () => {
    const heldOut = batchesWith([{ on: true }, { on: false }, { on: true }], 2);
    const whole = network(WITH_TRUNK);
    const found = await calibrateNetwork(whole, batchesWith(TURNS), { ...options, heldOut });
    expect(found.layers.map(({ tensor, inputs }) => [tensor, inputs])).toEqual([
      ["w0", 12 * 16],
      ["w1", 8 * 16],
      ["w2", 4 * 16],
    ]);
    const tensors = whole.tensors.map((tensor) => found.tensors.get(tensor.name) ?? tensor);
    for (const [place, batch] of heldOut.entries()) {
      const number = batch.get("on")!.bytes[0] === 1 ? 1 : 2;
      const [trunk] = WITH_TRUNK;
      const taken = networkOf([trunk!, ...layer("t", number), node("Relu", ["out"], "y")], {}, [SIZE]);
      const prepared = await executor.prepare({ ...taken, tensors });
      const values = await prepared.run(new Map([["x", batch.get("x")!]]));
      expect(numericValues(found.outputs.compressed[place]!.get("y")!)).toEqual(numericValues(values.get("y")!));
    }
  });

  test("may stand in a branch that only some inputs take, and of its weights those that none takes are rounded by themselves", async () => {
    const inner = node("If", ["inner"], "out", {
      then_branch: branch(layer("x", 1)),
      else_branch: branch(layer("x", 2)),
    });
    const other = [node("MatMul", ["x", "w0"], "out")];
    const nested = network(
      [node("If", ["on"], "y", { then_branch: branch([inner]), else_branch: branch(other) })],
      ["on", "inner"],
    );
    const inputsOf = async (flags: readonly Readonly<Record<string, boolean>>[]) => {
      const { layers } = await calibrateNetwork(nested, batchesWith(flags), { ...options, heldOut: [] });
      return Object.fromEntries(layers.map(({ tensor, inputs, reason }) => [tensor, reason ?? inputs]));
    };
    const all = TURNS.map(({ on }, i) => ({ on, inner: i % 2 === 0 }));
    expect(await inputsOf(all)).toEqual({ w0: 4 * 16, w1: 4 * 16, w2: 4 * 16 });
    const none = "in a branch that no input takes, or behind other nodes";
    // Where the outer If takes the other branch, the inner condition says nothing.
    expect(await inputsOf(TURNS.map(({ on }) => ({ on, inner: on })))).toEqual({ w0: 4 * 16, w1: 8 * 16, w2: none });
  });

  test("has a weight that both branches use decided by all inputs, and one that only inputs held out take by itself", async () => {
    const tied = network([
      node("If", ["on"], "y", {
        then_branch: branch(layer("x", 1)),
        else_branch: branch([node("MatMul", ["x", "w1"], "h"), node("Add", ["h", "b2"], "out")]),
      }),
    ]);
    const { layers } = await calibrateNetwork(tied, batchesWith(TURNS), options);
    expect(layers.map(({ tensor, method, bias }) => [tensor, method, bias])).toEqual([
      ["w1", "compensated", "b1"],
      ["w1", "kept", "b2"],
    ]);
    const heldOut = batchesWith([{ on: false }], 2);
    const rare = await calibrateNetwork(network(EITHER), batchesWith([{ on: true }, { on: true }]), {
      ...options,
      heldOut,
    });
    expect(rare.layers.map(({ tensor, method, reason }) => [tensor, method, reason])).toEqual([
      ["w1", "compensated", undefined],
      ["w2", "data-free", "only 0 rows of inputs"],
    ]);
  });
});
