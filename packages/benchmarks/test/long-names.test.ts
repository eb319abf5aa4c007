// Names in models, plans and calls may be of any length and hold any character; messages that tell of them may not.
import { bytesSource } from "@deep-compression/bits";
import { openContainer, writeContainer } from "@deep-compression/container";
import { denseWeights, prepare, runProblem } from "@deep-compression/inference";
import {
  openModel,
  readSafetensors,
  writeModel,
  writeNpy,
  writeOnnx,
  writeOnnxWithData,
  writeSafetensors,
  writeWeightsManifest,
} from "@deep-compression/model-io";
import {
  assertGraph,
  assertNetwork,
  float,
  floatTensor,
  type Graph,
  inferShapes,
  lenet300100,
  type Network,
  tensorUses,
} from "@deep-compression/network";
import { encodeGraph } from "@deep-compression/network/graph-encoding";
import { compress, compressFrom, compressModel, defaultPlan, open, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { createTrainer, initialize, prune, shareWeights } from "@deep-compression/training";
import { afterEach, expect, test } from "vitest";
import * as onnx from "../../model-io/test/onnx-files";

/** Names of 100,000 characters that differ at their ends and are of two lines. */
const long = (name: string) => `${name}\n"${"x".repeat(100_000 - 2 * name.length - 2)}${name}`;
/** As long as a .dcz file takes. */
const stored = (name: string) => long(name).slice(-60_000);

let messages: string[] = [];

/** Notes what `work` says if it fails. */
async function attempt(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    messages.push(error instanceof Error ? error.message : String(error));
  }
}

/** What came: at least so many different messages, each one line of at most 500 characters; long names are in some. */
function expectShort(least: number): void {
  const found = [...new Set(messages)];
  const odd = found.filter((message) => message.length > 500 || /\p{Cc}/u.test(message));
  expect(odd.map((message) => `${message.length}: ${message.slice(0, 300)} ... ${message.slice(-200)}`)).toEqual([]);
  expect(found.length).toBeGreaterThanOrEqual(least);
  expect(found.some((message) => message.includes("xxx...xxx"))).toBe(true);
}

afterEach(() => {
  messages = [];
});

const ODD: readonly unknown[] = [undefined, null, -1, 0.5, 2 ** 60, 10n ** 600n, long("odd"), [long("item")], [], {}];

/** A value with one of its parts, at any depth, made odd or taken out, or with a member that is too much. */
function* mutants(value: unknown, odd = ODD): Generator<unknown> {
  yield* odd;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) {
    yield [...value, ...value];
    for (const [i, item] of value.entries()) {
      yield value.toSpliced(i, 1);
      for (const mutant of mutants(item, odd)) yield value.with(i, mutant);
    }
    return;
  }
  yield { ...value, [long("member")]: long("value") };
  for (const [key, item] of Object.entries(value)) {
    const { [key]: _, ...others } = value as Record<string, unknown>;
    yield others;
    for (const mutant of mutants(item, odd)) yield { ...value, [key]: mutant };
  }
}

const ofJson = ODD.filter((value) => value !== undefined && typeof value !== "bigint");
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

async function openAll(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const [[name, bytes]] = Object.entries(files) as [[string, Uint8Array]];
  const model = await openModel(bytesSource(bytes), { name, folder: onnx.folderOf(files) });
  messages.push(...(model.notes ?? []), ...(model.graphProblem === undefined ? [] : [model.graphProblem]));
  for (const tensor of model.network.tensors) await attempt(() => tensor.read());
  await attempt(() => compressModel(model, defaultPlan(model.network)));
}

function safetensors(header: unknown, data: number): Uint8Array {
  const text = json(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

const HEADER = {
  __metadata__: { [long("key")]: long("value") },
  [long("a")]: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
  [long("b")]: { dtype: long("type"), shape: [1], data_offsets: [8, 9] },
};

test("safetensors: headers and indices of long names", async () => {
  for (const header of mutants(HEADER, ofJson)) {
    const bytes = safetensors(header, 9);
    await attempt(() => readSafetensors(bytes));
    await attempt(() => openAll({ "m.safetensors": bytes }));
  }
  const shard = safetensors({ a: { dtype: "U8", shape: [1], data_offsets: [0, 1] } }, 1);
  const index = {
    metadata: { total_size: 1 },
    weight_map: { a: "1.safetensors", [long("b")]: `${long("s")}.safetensors` },
  };
  for (const mutant of mutants(index, ofJson)) {
    await attempt(() => openAll({ "m.safetensors.index.json": json(mutant), "1.safetensors": shard }));
  }
  expectShort(20);
});

test("TensorFlow.js: manifests of long names", async () => {
  const weights = [
    { name: long("w"), dtype: "float32", shape: [2] },
    { name: long("v"), dtype: "int32", shape: [1], quantization: { dtype: "uint8", min: 0, scale: 1 } },
    { name: long("u"), dtype: "string", shape: [1] },
  ];
  const manifest = { modelTopology: {}, weightsManifest: [{ paths: ["a.bin", `${long("p")}.bin`], weights }] };
  for (const mutant of mutants(manifest, ofJson)) {
    const bytes = new Uint8Array(13);
    await attempt(() => openAll({ "model.json": json(mutant), "a.bin": bytes }));
    await attempt(() => openAll({ "model.json": json(mutant), "a.bin": bytes, [`${long("p")}.bin`]: bytes }));
  }
  expectShort(15);
});

test("ONNX: files of long names, whole and broken anywhere", async () => {
  const branch = (name: string) =>
    onnx.attribute(
      long(name),
      5,
      onnx.nested(6, onnx.node(long("op"), [long("x")], [long(name)]), onnx.text(2, long("g"))),
    );
  const parts = [
    onnx.value(11, long("x"), [long("N"), 2]),
    onnx.value(12, long("y"), [-1]),
    onnx.initializer(onnx.tensor(long("w"), 1, [2, 2], onnx.raw(1, 2, 3, 4))),
    onnx.initializer(onnx.tensor(long("e"), 1, [2], onnx.external({ location: long("file"), offset: long("0") }))),
    onnx.initializer(onnx.tensor(long("f"), 1, [2], onnx.external({ location: "there", length: "9" }))),
    onnx.node("MatMul", [long("x"), long("w")], [long("y")], onnx.text(3, long("name")), onnx.text(7, long("domain"))),
    onnx.node(long("If"), [long("c")], [long("z")], branch("then"), branch("else")),
  ];
  const files = parts.map((_, i) => onnx.model(...parts.filter((_, other) => other !== i)));
  const whole = onnx.model(...parts);
  const random = seededRandom(1);
  for (let run = 0; run < 60; run++) {
    const broken = whole.slice(0, run % 3 === 0 ? Math.floor(random() * whole.length) : whole.length);
    for (let change = 0; change < 3; change++) broken[Math.floor(random() ** 8 * broken.length)] = 256 * random();
    files.push(broken);
  }
  for (const bytes of [whole, ...files]) await attempt(() => openAll({ "m.onnx": bytes, there: new Uint8Array(4) }));
  expectShort(8);
});

const value = (name: string, shape: readonly (number | string)[]) => ({ name, type: "float32", shape }) as const;

/** One operator on long names, with a subgraph and a function. */
function graphOf(op: string, attributes = {}): Graph {
  const inner = { op: "Relu", inputs: [long("x")], outputs: [long("r")], attributes: {}, name: long("inner") };
  const body = { inputs: [], outputs: [value(long("r"), [2])], nodes: [inner], tensors: { [long("l")]: long("w") } };
  const main = { op, inputs: [long("x"), long("w")], outputs: [long("y")], attributes };
  const other = {
    op: "If",
    domain: long("domain"),
    inputs: [long("y")],
    outputs: [long("z")],
    attributes: { [long("a")]: { graph: body }, [long("t")]: { tensorName: long("w") }, f: float(1) },
  };
  return {
    name: long("graph"),
    opset: 13,
    domains: { [long("domain")]: 1 },
    inputs: [value(long("x"), [long("N"), 2])],
    outputs: [value(long("y"), [long("N"), 2])],
    nodes: [main, other],
    functions: [
      { name: long("f"), domain: long("domain"), inputs: [long("i")], outputs: [long("i")], nodes: [], tensors: {} },
    ],
  } as Graph;
}

const WEIGHT = floatTensor(long("w"), [2, 2], Float32Array.of(1, 2, 3, 4));

test("graphs of long names: checked, encoded, written, run", async () => {
  const [{ op: _, ...first }] = graphOf("MatMul").nodes;
  const graphs = [...mutants(graphOf("MatMul"), [undefined, -1, long("odd"), [long("item")], {}])] as Graph[];
  const operators = ["Gemm", "Conv", "MaxPool", "Reshape", "Concat", "Add", "Softmax", "Flatten", "LRN", long("op")];
  for (const op of operators) {
    const attributes = { kernel_shape: [2], strides: [1, 1, 1], axis: 9, auto_pad: long("pad"), transB: long("b") };
    for (const options of [{}, attributes])
      graphs.push({ ...graphOf(op), nodes: [{ ...first!, op, attributes: options }], functions: [] });
  }
  for (const graph of graphs) {
    const network: Network = { graph, tensors: [WEIGHT] };
    const source = { graph, tensors: [{ ...WEIGHT, read: () => WEIGHT.bytes }] };
    await attempt(() => assertGraph(graph, [long("w")]));
    await attempt(() => encodeGraph(graph, { tensorNames: [long("w")] }));
    await attempt(() => inferShapes(graph, network.tensors));
    await attempt(() => inferShapes(graph, network.tensors, { dimensions: { [long("N")]: -1 } }));
    await attempt(() => messages.push(runProblem(graph) ?? ""));
    await attempt(() =>
      prepare({ graph }, denseWeights(network)).run({ [long("no")]: { shape: [1], data: new Float32Array(1) } }),
    );
    await attempt(() => writeOnnx(network));
    await attempt(() => writeOnnxWithData(source, { dataName: long("/") }));
    await attempt(() => tensorUses(network));
    await attempt(() => compress(network, { default: {} }));
  }
  expectShort(60);
});

test("networks of long names: checked, compressed, written", async () => {
  const networks = {
    graph: undefined,
    tensors: [WEIGHT, { ...WEIGHT, name: long("v") }],
    metadata: { [long("key")]: long("text") },
  };
  for (const mutant of mutants(networks)) {
    const network = mutant as Network;
    await attempt(() => assertNetwork(network));
    await attempt(() => compress(network, { default: {} }));
    await attempt(() =>
      compressFrom({ tensors: network.tensors.map((one) => ({ ...one, read: () => one.bytes })) }, { default: {} }),
    );
    for (const write of [writeSafetensors, writeOnnx]) await attempt(() => write(network));
    await attempt(() => writeNpy(network.tensors[0]!));
    await attempt(() => writeWeightsManifest(network, { name: long("name") }));
    await attempt(() => writeModel(network, { name: long("name") }));
  }
  expectShort(40);
});

test("plans of long names", async () => {
  const network: Network = {
    graph: undefined,
    tensors: [
      floatTensor(
        stored("w"),
        [40, 40],
        new Float32Array(1600).map((_, i) => i + 1),
      ),
    ],
  };
  const share = { method: "kmeans", size: 4, init: "linear", seed: 1 };
  const plan = {
    default: { sparsity: 0.5, gapBits: 4, form: "gaps", share },
    tensors: { [stored("w")]: { maxError: 0.1 }, [`${long("no")}*`]: { share: "exact" } },
    metadata: { [long("key")]: long("text") },
  };
  for (const mutant of mutants(plan)) await attempt(() => compress(network, mutant as Plan));
  await attempt(() => compress(network, { default: {}, tensors: { [stored("w")]: { sparsity: 0.9, maxError: 0.1 } } }));
  await attempt(() => compress(network, { default: { maxError: 0.1 }, targetBytes: 1 }));
  expectShort(30);
});

test("files of long names: written, opened and read", async () => {
  const section = { kind: 1, bytes: new Uint8Array(16) };
  const one = { name: stored("a"), type: 1, shape: [2, 2], sections: [section] };
  const again = { name: stored("b"), type: 1, shape: [2, 2], sections: [], repeats: 0 };
  const content = { tensors: [one, again], metadata: { [stored("key")]: "text" } };
  const names = ["model.onnx", long("/part").slice(0, 4000), long("/part").slice(0, 4000)];
  const envelope = {
    format: 1,
    files: names.map((name) => ({ name: name.replaceAll("\n", "/"), byteLength: 16 })),
    holes: [
      { start: 0, length: 16, encoding: "bytes" },
      { start: 16, length: 16, encoding: "varints" },
    ],
    skeleton: new Uint8Array(16),
  };
  const odd = [undefined, -1, 2, 5, 99, stored("a"), [2 ** 50, 2 ** 50], [3], []];
  const contents = [...mutants(content, odd), ...mutants({ ...content, model: { kind: "envelope", envelope } }, odd)];
  for (const mutant of contents) {
    await attempt(async () => {
      const bytes = writeContainer(mutant as typeof content);
      for (const broken of [bytes, bytes.with(bytes.length - 1, 1), bytes.subarray(0, -9)]) {
        await attempt(async () => (await openContainer(bytesSource(broken))).read(stored("a")));
        await attempt(async () => (await open(bytesSource(broken))).tensor(long("no")));
        await attempt(async () => (await open(bytesSource(broken))).tensor(stored("a")));
        await attempt(async () => (await open(bytesSource(broken))).ledger());
      }
    });
  }
  expectShort(40);
});

test("calls of the trainer with long names", async () => {
  const network = initialize(lenet300100, { random: seededRandom(1) });
  const trainer = await createTrainer(network, { seed: 1, batch: 4, threads: 1 });
  const samples = { inputs: new Uint8Array(8 * 784), labels: new Uint8Array(8) };
  await attempt(() => trainer.weights(long("no")));
  await attempt(() => trainer.train(samples, { epochs: 1, learningRate: () => 1, dropout: { [long("no")]: 0.5 } }));
  await attempt(() => prune(trainer, { sparsity: { [long("no")]: 0.5 }, score: "magnitude" } as never));
  await attempt(() => shareWeights(trainer, { sizes: { [long("no")]: 4 } }));
  await trainer.close();
  await attempt(() => createTrainer({ ...network, graph: graphOf(long("op")) }, { seed: 1, batch: 4 }));
  expectShort(2);
});
