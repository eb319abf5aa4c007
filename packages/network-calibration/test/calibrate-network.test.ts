import { sessionExecutor } from "@deep-compression/inference";
import { floatTensor, type Network, numericValues, tensorUses } from "@deep-compression/network";
import {
  type CalibratedNetwork,
  type CalibrationOptions,
  calibrateNetwork,
  type DoneLayer,
  type NamedTensors,
  networkCalibration,
} from "@deep-compression/network-calibration";
import { describe, expect, test } from "vitest";
import { batchesOf, networkOf, node, outputError, residualNetwork } from "./networks";
import { plainExecutor } from "./plain-executor";

const session = sessionExecutor();
const INPUTS = batchesOf("x", [3, 6, 6], { batches: 9, size: 16 });

function calibrated(network: Network, options: Partial<CalibrationOptions> = {}, batches = INPUTS) {
  return calibrateNetwork(network, batches, { executor: session, lambda: 1e-5, samples: 2000, ...options });
}

function withTensors(network: Network, tensors: CalibratedNetwork["tensors"]): Network {
  return { ...network, tensors: network.tensors.map((tensor) => tensors.get(tensor.name) ?? tensor) };
}

async function run(network: Network, batches: readonly NamedTensors[], executor = session): Promise<NamedTensors[]> {
  const prepared = await executor.prepare(network);
  const outputs: NamedTensors[] = [];
  for (const batch of batches) outputs.push(await prepared.run(batch));
  return outputs;
}

function bitsOf({ layers }: CalibratedNetwork): number {
  return layers.reduce((sum, { bits }) => sum + bits, 0);
}

function distinct(network: Network, name: string): number {
  return new Set(numericValues(network.tensors.find((tensor) => tensor.name === name)!)).size;
}

describe("a calibrated network", () => {
  test("has every weight in its report, with few values of each, and all its biases corrected", async () => {
    const network = residualNetwork();
    const found = await calibrated(network);
    expect(found.layers.map(({ tensor, method, bias }) => [tensor, method, bias])).toEqual([
      ["w1", "compensated", "b1"],
      ["w2", "compensated", "b2"],
      ["w3", "compensated", "b3"],
      ["w4", "compensated", "b4"],
    ]);
    expect([...found.tensors.keys()].sort()).toEqual(["b1", "b2", "b3", "b4", "w1", "w2", "w3", "w4"]);
    const compressed = withTensors(network, found.tensors);
    for (const name of ["w1", "w2", "w3", "w4"]) expect(distinct(compressed, name)).toBeLessThan(60);
  });

  test("gives the outputs that calibration says it gives, run as a whole", async () => {
    const network = residualNetwork();
    const heldOut = batchesOf("x", [3, 6, 6], { batches: 2, size: 8, seed: 3 });
    const { tensors, outputs } = await calibrated(network, { heldOut });
    for (const [i, values] of (await run(network, heldOut)).entries()) {
      expect(outputs.dense[i]!.get("y")!.bytes).toEqual(values.get("y")!.bytes);
    }
    for (const [i, values] of (await run(withTensors(network, tensors), heldOut)).entries()) {
      expect(outputs.compressed[i]!.get("y")!.bytes).toEqual(values.get("y")!.bytes);
    }
  });

  test("comes close to the dense network as lambda goes to 0, and takes more bits the closer it is", async () => {
    const network = residualNetwork();
    const results: CalibratedNetwork[] = [];
    for (const lambda of [1e-3, 1e-4, 1e-5, 1e-9]) results.push(await calibrated(network, { lambda }));
    const errors = results.map(({ outputs: { dense, compressed } }) => outputError(dense, compressed));
    const bits = results.map(bitsOf);
    for (let i = 1; i < results.length; i++) {
      expect(errors[i]!).toBeLessThan(errors[i - 1]!);
      expect(bits[i]!).toBeGreaterThan(bits[i - 1]!);
    }
    expect(errors.at(-1)!).toBeLessThan(1e-5);
  });

  test("comes as close with weights of more values than a fitted codebook has", async () => {
    const layer = [node("Flatten", ["x"], "f"), node("Gemm", ["f", "w1", "b1"], "y", { transB: 1 })];
    const network = networkOf(layer, { w1: [64, 108], b1: [64] }, [3, 6, 6]);
    const errors: number[] = [];
    for (const lambda of [1e-9, 1e-12, 1e-15]) {
      const { tensors, outputs } = await calibrated(network, { lambda });
      errors.push(outputError(outputs.dense, outputs.compressed));
      if (lambda < 1e-9) expect(distinct(withTensors(network, tensors), "w1")).toBeGreaterThan(256);
    }
    expect(errors[1]!).toBeLessThan(errors[0]! / 4);
    expect(errors[2]!).toBeLessThan(errors[1]! / 4);
    expect(errors[2]!).toBeLessThan(1e-4);
  });

  test("is the same to the bit each time, and another by another seed", async () => {
    const options = { samples: 500 };
    const [one, same] = [await calibrated(residualNetwork(), options), await calibrated(residualNetwork(), options)];
    expect(same.tensors).toEqual(one.tensors);
    expect(same.layers).toEqual(one.layers);
    expect((await calibrated(residualNetwork(), { ...options, seed: 2 })).tensors).not.toEqual(one.tensors);
  });

  test("is closer to the dense network than one whose weights are rounded by themselves to as many bits", async () => {
    const network = residualNetwork();
    const heldOut = batchesOf("x", [3, 6, 6], { batches: 4, size: 16, seed: 5 });
    const found = await calibrated(network, { heldOut, lambda: 1e-4 });
    // One row of inputs tells nothing, so that weights are rounded by themselves.
    const one = [new Map([["x", floatTensor("x", [1, 3, 6, 6], new Float32Array(108))]])];
    let lambda = 1e-4;
    let free = await calibrated(network, { heldOut, lambda }, one);
    while (bitsOf(free) < bitsOf(found)) {
      lambda /= 1.3;
      free = await calibrated(network, { heldOut, lambda }, one);
    }
    expect(free.layers.every(({ method }) => method === "data-free")).toBe(true);
    const errors = [found, free].map(({ outputs: { dense, compressed } }) => outputError(dense, compressed));
    expect(errors[0]!).toBeLessThan(0.7 * errors[1]!);
  });

  test("goes on where it was interrupted, to the same tensors", async () => {
    const whole = await calibrated(residualNetwork());
    const done: DoneLayer[] = [];
    const stop = new AbortController();
    const options = {
      signal: stop.signal,
      onLayer: (layer: DoneLayer, { total }: { readonly done: number; readonly total: number }) => {
        done.push(layer);
        expect(total).toBe(4);
        if (done.length === 2) stop.abort(new Error("stopped"));
      },
    };
    await expect(calibrated(residualNetwork(), options)).rejects.toThrow("stopped");
    expect(done.map(({ report }) => report.tensor)).toEqual(["w1", "w2"]);
    const rest: string[] = [];
    const found = await calibrated(residualNetwork(), { done, onLayer: ({ report }) => rest.push(report.tensor) });
    expect(rest).toEqual(["w3", "w4"]);
    expect(found.tensors).toEqual(whole.tensors);
    expect(found.layers).toEqual(whole.layers);
  });
});

describe("calibrations of one network at several lambdas", () => {
  const options = { executor: session, samples: 500 };

  test("are those of each by itself to the bit, and run the dense network once", async () => {
    const network = residualNetwork();
    const dense = new Map(network.tensors.map(({ name, bytes }) => [name, bytes]));
    let runs = 0;
    const counting = {
      ...session,
      async prepare(part: Network) {
        const prepared = await session.prepare(part);
        const isDense = part.tensors.every(({ name, bytes }) => dense.get(name) === bytes);
        return {
          ...prepared,
          run: (inputs: NamedTensors) => {
            if (isDense && part.tensors.length > 0) runs++;
            return prepared.run(inputs);
          },
        };
      },
    };
    const calibrate = await networkCalibration(network, INPUTS, { ...options, executor: counting });
    const counts: number[] = [];
    for (const lambda of [1e-3, 1e-5, 1e-4]) {
      const found = await calibrate({ lambda });
      counts.push(runs);
      expect(found).toEqual(await calibrateNetwork(network, INPUTS, { ...options, lambda }));
    }
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts.slice(1)).toEqual([counts[0], counts[0]]);
  });

  test("of tables, recurrent layers and tied weights are the same too", async () => {
    const network = networkOf(
      [
        node("Gather", ["table", "x"], "e"),
        { op: "LSTM", inputs: ["e", "wx", "wh", "bx"], outputs: ["h"], attributes: { hidden_size: 6 } },
        node("MatMul", ["h", "w"], "h1"),
        node("Relu", ["h1"], "r1"),
        node("MatMul", ["r1", "w"], "y"),
      ],
      { table: [40, 5], wx: [1, 24, 5], wh: [1, 24, 6], bx: [1, 48], w: [6, 6] },
      [6],
    );
    const indices = [1, 2, 3].map((seed) => {
      const values = Float32Array.from({ length: 240 }, (_, i) => (i * i * seed) % 40);
      return new Map([["x", floatTensor("x", [40, 6], values)]]);
    });
    const ofAll = { executor: plainExecutor };
    const calibrate = await networkCalibration(network, indices, ofAll);
    for (const lambda of [1e-4, 1e-5]) {
      const found = await calibrate({ lambda });
      expect(found).toEqual(await calibrateNetwork(network, indices, { ...ofAll, lambda }));
      expect(found.layers.map(({ method }) => method)).toEqual([
        "by frequency",
        "compensated",
        "compensated",
        "compensated",
        "kept",
      ]);
    }
  });

  test("go on from layers that were done, before and after the dense network is known", async () => {
    const network = residualNetwork();
    const done: DoneLayer[] = [];
    const whole = await calibrateNetwork(network, INPUTS, {
      ...{ ...options, lambda: 1e-4 },
      onLayer: (layer) => done.push(layer),
    });
    const calibrate = await networkCalibration(network, INPUTS, options);
    for (let time = 0; time < 2; time++) {
      expect(await calibrate({ lambda: 1e-4, done: done.slice(0, 2) })).toEqual(whole);
      expect(await calibrate({ lambda: 1e-4 })).toEqual(whole);
    }
    await expect(calibrate({ lambda: 0 })).rejects.toThrow("lambda: expected");
  });
});

describe("weights of every kind", () => {
  const rows = batchesOf("x", [6, 6], { batches: 4, size: 30 });

  test("that are tied share their values once, and stay tied", async () => {
    const network = networkOf(
      [
        node("MatMul", ["x", "w"], "h1"),
        node("Relu", ["h1"], "r1"),
        node("MatMul", ["r1", "w"], "h2"),
        node("Add", ["h2", "b"], "y"),
      ],
      { w: [24, 24], b: [24] },
      [6, 24],
    );
    const tall = batchesOf("x", [6, 24], { batches: 4, size: 30 });
    const { layers, tensors, outputs } = await calibrated(network, { lambda: 1e-5 }, tall);
    expect(layers.map(({ tensor, method, reason }) => [tensor, method, reason])).toEqual([
      ["w", "compensated", undefined],
      ["w", "kept", "tied: its first use decided"],
    ]);
    expect([...tensors.keys()].sort()).toEqual(["b", "w"]);
    expect(outputError(outputs.dense, outputs.compressed)).toBeLessThan(0.02);
  });

  test("that are equal under several names stay equal, also where a graph turns them, and go on from any layer", async () => {
    const drawn = networkOf(
      [
        node("MatMul", ["x", "w1"], "h1"),
        node("Relu", ["h1"], "r1"),
        node("MatMul", ["r1", "w2"], "h2"),
        node("Transpose", ["w3"], "t3"),
        node("Transpose", ["w4"], "t4"),
        node("MatMul", ["h2", "t3"], "h3"),
        node("MatMul", ["h3", "t4"], "y"),
      ],
      { w1: [24, 24], w2: [24, 24], w3: [24, 24], w4: [24, 24] },
      [6, 24],
    );
    const [w1, , w3] = drawn.tensors;
    const tensors = [w1!, { ...w1!, name: "w2" }, w3!, { ...w3!, name: "w4" }];
    const network = { ...drawn, tensors };
    const tall = batchesOf("x", [6, 24], { batches: 4, size: 30 });
    const done: DoneLayer[] = [];
    const whole = await calibrated(network, { lambda: 1e-5, onLayer: (layer) => done.push(layer) }, tall);
    expect(whole.layers.map(({ tensor, method, reason }) => [tensor, method, reason])).toEqual([
      ["w1", "compensated", undefined],
      ["w1", "kept", "tied: its first use decided"],
      ["t3", "compensated", undefined],
      ["t3", "kept", "tied: its first use decided"],
      ["w2", "kept", "equal to a weight in front: decided there"],
      ["t4", "kept", "equal to a weight in front: decided there"],
    ]);
    expect([...whole.tensors.keys()].sort()).toEqual(["w1", "w2", "w3", "w4"]);
    for (const [one, other, before] of [
      ["w1", "w2", w1!],
      ["w3", "w4", w3!],
    ] as const) {
      expect(whole.tensors.get(one)!.bytes).toEqual(whole.tensors.get(other)!.bytes);
      expect(whole.tensors.get(one)!.bytes).not.toEqual(before.bytes);
    }
    expect(outputError(whole.outputs.dense, whole.outputs.compressed)).toBeLessThan(0.05);
    for (const count of [1, 3, 5]) {
      const rest = await calibrated(network, { lambda: 1e-5, done: done.slice(0, count) }, tall);
      expect(rest.tensors).toEqual(whole.tensors);
    }
  });

  test("that share an input are decided by the same rows, wherever the work went on", async () => {
    const network = networkOf(
      [node("MatMul", ["x", "w1"], "h1"), node("MatMul", ["x", "w2"], "h2"), node("Add", ["h1", "h2"], "y")],
      { w1: [12, 8], w2: [12, 8] },
      [6, 12],
    );
    const wide = batchesOf("x", [6, 12], { batches: 4, size: 30 });
    const done: DoneLayer[] = [];
    const options = { samples: 200, lambda: 1e-4 };
    const whole = await calibrated(network, { ...options, onLayer: (layer) => done.push(layer) }, wide);
    expect(whole.layers.map(({ tensor, inputs }) => [tensor, inputs])).toEqual([
      ["w1", 200],
      ["w2", 200],
    ]);
    const rest = await calibrated(network, { ...options, done: done.slice(0, 1) }, wide);
    expect(rest.tensors).toEqual(whole.tensors);
    await expect(calibrated(network, { ...options, done: done.slice(1) }, wide)).rejects.toThrow(
      new RangeError('done: expected "w1" as the next layer of this network, got "w2"'),
    );
  });

  test("with too many inputs, inputs that are not finite, or elements that are not, have a reason", async () => {
    const network = networkOf(
      [
        node("MatMul", ["x", "w1"], "h1"),
        node("Exp", ["h1"], "large"),
        node("MatMul", ["large", "w2"], "h2"),
        node("MatMul", ["x", "w3"], "h3"),
        node("Add", ["h2", "h3"], "y"),
      ],
      { w1: [6145, 2], w2: [2, 2], w3: [6145, 2] },
      [6145],
    );
    const spoiled = numericValues(network.tensors[2]!).slice();
    spoiled[5] = Number.NaN;
    const tensors = [...network.tensors.slice(0, 2), floatTensor("w3", [6145, 2], spoiled)];
    const batches = batchesOf("x", [6145], { batches: 2, size: 20 }).map((batch) => {
      const values = numericValues(batch.get("x")!).map((value) => 1e4 * value);
      return new Map([["x", floatTensor("x", [20, 6145], values)]]);
    });
    const found = await calibrated({ ...network, tensors }, { executor: plainExecutor }, batches);
    expect(found.layers.map(({ tensor, method, reason }) => [tensor, method, reason])).toEqual([
      ["w1", "data-free", "6145 inputs, more than 6144"],
      ["w2", "data-free", "its inputs are not finite"],
      ["w3", "kept", "its elements are not finite"],
    ]);
    expect(found.tensors.has("w3")).toBe(false);
  });

  test("behind Identity are found, and a bias of Add behind a product is corrected", async () => {
    const network = networkOf(
      [node("Identity", ["w"], "same"), node("MatMul", ["x", "same"], "h"), node("Add", ["h", "b"], "y")],
      { w: [6, 5], b: [5] },
      [6, 6],
    );
    const { layers } = await calibrated(network, {}, rows);
    expect(layers).toMatchObject([{ tensor: "w", op: "MatMul", bias: "b", method: "compensated" }]);
  });

  test("of depthwise and grouped convolutions have one codebook, and statistics of each group", async () => {
    const network = networkOf(
      [
        node("Conv", ["x", "w1", "b1"], "c1", { group: 6, pads: [1, 1] }),
        node("Relu", ["c1"], "r1"),
        node("Conv", ["r1", "w2", "b2"], "y", { group: 2 }),
      ],
      { w1: [6, 1, 3], b1: [6], w2: [8, 3, 1], b2: [8] },
      [6, 6],
    );
    const { layers, outputs } = await calibrated(network, { executor: plainExecutor, lambda: 1e-5 }, rows);
    expect(layers).toMatchObject([
      { tensor: "w1", bias: "b1" },
      { tensor: "w2", bias: "b2" },
    ]);
    expect(outputError(outputs.dense, outputs.compressed)).toBeLessThan(0.01);
  });

  test("before a BatchNormalization leave it a mean of 0 and a variance of 1, and the outputs as they are", async () => {
    const shapes = { w: [8, 6, 1], scale: [8], bias: [8], mean: [8], variance: [8] };
    const network = networkOf(
      [node("Conv", ["x", "w"], "c"), node("BatchNormalization", ["c", "scale", "bias", "mean", "variance"], "y")],
      shapes,
      [6, 6],
    );
    const { layers, tensors, outputs } = await calibrated(network, { executor: plainExecutor, lambda: 1e-8 }, rows);
    expect(layers).toMatchObject([{ tensor: "w", bias: "bias" }]);
    expect([...numericValues(tensors.get("mean")!)]).toEqual(new Array(8).fill(0));
    expect(new Set(numericValues(tensors.get("variance")!)).size).toBe(1);
    expect(outputError(outputs.dense, outputs.compressed)).toBeLessThan(1e-4);
  });

  test("of transposed convolutions and of recurrent layers are calibrated by what they are multiplied by", async () => {
    const network: Network = networkOf(
      [
        node("ConvTranspose", ["x", "w"], "c", { strides: [2] }),
        {
          op: "LSTM",
          inputs: ["c", "wx", "wh", "bx"],
          outputs: ["y"],
          attributes: { hidden_size: 4, direction: "bidirectional" },
        },
      ],
      { w: [6, 3, 2], wx: [2, 16, 12], wh: [2, 16, 4], bx: [2, 32] },
      [6, 6],
    );
    const { layers, outputs } = await calibrated(network, { executor: plainExecutor, lambda: 1e-5 }, rows);
    expect(layers.map(({ tensor, method, inputs }) => [tensor, method, inputs > 100])).toEqual([
      ["w", "compensated", true],
      ["wx", "compensated", true],
      ["wh", "compensated", true],
    ]);
    expect(outputError(outputs.dense, outputs.compressed)).toBeLessThan(0.02);
  });

  test("that are looked up in are the more exact the more often a row is asked for", async () => {
    const network = networkOf([node("Gather", ["w", "x"], "y")], { w: [40, 16] }, [6]);
    const indices = [1, 2].map((seed) => {
      const values = Float32Array.from({ length: 1200 }, (_, i) => ((i * seed) % 7 === 0 ? i % 40 : i % 5));
      return new Map([["x", floatTensor("x", [200, 6], values)]]);
    });
    const { layers, tensors } = await calibrated(network, { executor: plainExecutor, lambda: 3e-5 }, indices);
    expect(layers).toMatchObject([{ tensor: "w", method: "by frequency" }]);
    const [before, after] = [numericValues(network.tensors[0]!), numericValues(tensors.get("w")!)];
    const error = (from: number, to: number) => {
      let sum = 0;
      for (let i = 16 * from; i < 16 * to; i++) sum += (before[i]! - after[i]!) ** 2;
      return sum / (to - from);
    };
    expect(error(0, 5)).toBeLessThan(0.3 * error(5, 40));
  });

  test("whose inputs are not captured get few values all the same, and a reason", async () => {
    const body = {
      inputs: [],
      outputs: [{ name: "z" }],
      nodes: [node("MatMul", ["h", "wi"], "z")],
      tensors: { wi: "w2" },
    };
    const network = networkOf(
      [
        node("Exp", ["w1"], "powers"),
        node("MatMul", ["x", "w1"], "h1"),
        node("Add", ["h1", "powers"], "h"),
        node("Loop", ["", "", "h"], "y", { body: { graph: body } }),
      ],
      { w1: [6, 6], w2: [6, 6] },
      [6, 6],
    );
    // What the plain executor does not know, spelled out: a body that runs once.
    const executor = {
      ...plainExecutor,
      prepare: (part: Network) => {
        const nodes = part.graph!.nodes.map((one) => (one.op === "Loop" ? node("MatMul", ["h", "w2"], "y") : one));
        return plainExecutor.prepare({ ...part, graph: { ...part.graph!, nodes } });
      },
    };
    const { layers } = await calibrated(network, { executor }, rows);
    expect(layers.map(({ tensor, op, method, reason }) => [tensor, op, method, reason])).toEqual([
      ["w2", "MatMul", "data-free", "in a subgraph of Loop"],
    ]);
    const reported = new Set(layers.map(({ tensor }) => tensor));
    for (const [name, { isWeight }] of tensorUses(network)) expect(reported.has(name)).toBe(isWeight);
  });

  test("of integers are left as they are, with the reason, beside others that are calibrated", async () => {
    const network = networkOf(
      [node("DequantizeLinear", ["w1", "s"], "v"), node("MatMul", ["x", "v"], "h"), node("MatMul", ["h", "w2"], "y")],
      { w1: [6, 6], s: [], w2: [6, 6] },
      [6, 6],
    );
    const bytes = Uint8Array.from({ length: 36 }, (_, i) => (i * i) % 251);
    const tensors = network.tensors.map((tensor) =>
      tensor.name === "w1" ? { ...tensor, type: "int8" as const, bytes } : tensor,
    );
    const found = await calibrated({ ...network, tensors }, {}, rows);
    expect(found.layers.map(({ tensor, op, method, reason }) => [tensor, op, method, reason])).toEqual([
      ["w1", "MatMul", "kept", "int8: integers are not calibrated, and lose something only without calibration"],
      ["w2", "MatMul", "compensated", undefined],
    ]);
    expect([...found.tensors.keys()]).toEqual(["w2"]);
  });

  test("in the branch of an If that all inputs take meet their inputs, and those of the other branch do not", async () => {
    const branch = (weight: string) => ({
      graph: {
        inputs: [],
        outputs: [{ name: "h" }],
        nodes: [node("MatMul", ["x", "own"], "h"), node("Identity", ["h"], "copy")],
        tensors: { own: weight },
      },
    });
    const network = networkOf(
      [
        node("Identity", ["yes"], "asked"),
        node("If", ["asked"], "r", { then_branch: branch("w1"), else_branch: branch("w2") }),
        node("Add", ["r", "b"], "y"),
      ],
      { w1: [6, 6], w2: [6, 6], yes: [], b: [6] },
      [6, 6],
    );
    const { layers } = await calibrated(network, { executor: plainExecutor }, rows);
    expect(layers.map(({ tensor, method, reason, bias }) => [tensor, method, reason, bias])).toEqual([
      ["w2", "data-free", "in a branch that no input takes, or behind other nodes", undefined],
      ["w1", "compensated", undefined, undefined],
    ]);
  });
});

describe("wrong input", () => {
  const network = residualNetwork();
  const batch = INPUTS[0]!;
  const spoiled = (index: number, value: number) => {
    const values = numericValues(batch.get("x")!).slice();
    values[index] = value;
    return new Map([["x", floatTensor("x", [16, 3, 6, 6], values)]]);
  };

  test.each<readonly [string, readonly NamedTensors[], Partial<CalibrationOptions>, string]>([
    ["no batches", [], {}, "batches: expected at least one, got none"],
    ["NaN", [batch, spoiled(7, Number.NaN)], {}, 'batches[1]: input "x": expected finite numbers, got NaN at index 7'],
    ["infinite numbers held out", [batch], { heldOut: [spoiled(0, Number.POSITIVE_INFINITY)] }, "heldOut[0]: input"],
    ["another name", [new Map([["z", batch.get("x")!]])], {}, 'batches[0]: input "z": unknown, expected "x"'],
    ["no input", [new Map()], {}, 'batches[0]: input "x": missing'],
    [
      "another shape",
      [new Map([["x", floatTensor("x", [2, 3, 6, 5], new Float32Array(180))]])],
      {},
      'batches[0]: input "x": expected shape',
    ],
    [
      "another type",
      [new Map([["x", { name: "x", type: "int8" as const, shape: [1, 3, 6, 6], bytes: new Uint8Array(108) }]])],
      {},
      'batches[0]: input "x": expected float32, got int8',
    ],
    ["no lambda", [batch], { lambda: 0 }, "lambda: expected"],
    ["a damping below 0", [batch], { damping: -1 }, "damping: expected"],
    ["no samples", [batch], { samples: 0 }, "samples: expected"],
  ])("%s is refused in one line that names it", async (_, batches, options, message) => {
    const error = await calibrated(network, options, batches).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message.startsWith(message)).toBe(true);
    expect((error as Error).message).not.toContain("\n");
  });

  test("a network without a graph is refused", async () => {
    await expect(calibrated({ ...network, graph: undefined })).rejects.toThrow(
      "network.graph: expected a graph, got none",
    );
  });

  test("what the executor cannot run is told in its words", async () => {
    const odd = networkOf([node("Bogus", ["x"], "s"), node("MatMul", ["s", "w"], "y")], { w: [6, 6] }, [6, 6]);
    const rows = batchesOf("x", [6, 6], { batches: 2, size: 3 });
    const error = await calibrated(odd, {}, rows).catch((reason: Error) => reason);
    expect((error as Error).message).toMatch(
      /^a part of the network does not run in deep-compression: .*it lacks the operator Bogus/,
    );
  });

  test.each([
    [
      "one row",
      [new Map([["x", floatTensor("x", [1, 6], Float32Array.of(1, 2, 3, 4, 5, 6))]])],
      "only 1 rows of inputs",
    ],
    [
      "rows that are all equal",
      [new Map([["x", floatTensor("x", [50, 6], new Float32Array(300).fill(2))]])],
      "its outputs do not vary",
    ],
  ])("of %s weights are rounded by themselves, and the mean of the outputs is kept", async (_, batches, reason) => {
    const small = networkOf([node("Gemm", ["x", "w", "b"], "y")], { w: [6, 4], b: [4] }, [6]);
    const { layers, outputs } = await calibrated(small, { lambda: 1e-3, heldOut: batches }, batches);
    expect(layers).toMatchObject([{ method: "data-free", reason, bias: "b" }]);
    expect(outputError(outputs.dense, outputs.compressed)).toBeLessThan(1e-6);
  });
});
