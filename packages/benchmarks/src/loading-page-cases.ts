import { writeOnnx } from "@deep-compression/model-io";
import type { Graph } from "@deep-compression/network";
import { type OpenPage, withPages } from "./chromium-page";
import { type Case, type CaseContext, median, type Row, toRow } from "./harness";
import { peerFolder } from "./peers";
import { assertAgree } from "./shared-layer";
import { type SyntheticFile, syntheticFile } from "./synthetic-file";
import { syntheticLayers } from "./synthetic-network";
import { KEPT_BYTES, unrecordedPage } from "./unrecorded-page";

/** Bytes a second of a line of 20 Mbit/s, and milliseconds until its first byte. */
const LINE = { downloadThroughput: 20e6 / 8, uploadThroughput: 20e6 / 8, latency: 40, offline: false };
/** Milliseconds that a browser is busy with itself after its start. */
const SETTLING = 5000;
const PEER = "onnxruntime-web with the dense file";

/** A graph that makes the peer load its runtime. */
const SMALL: Graph = {
  opset: 13,
  inputs: [{ name: "x", type: "float32", shape: [1] }],
  outputs: [{ name: "y", type: "float32", shape: [1] }],
  nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"], attributes: {} }],
};

/** Calls a function of the page. */
function call<T>({ page }: OpenPage, name: string): Promise<T> {
  return page.evaluate(`${name}()`) as Promise<T>;
}

/** Puts the page on a slow line. */
async function slowDown({ tools }: OpenPage): Promise<void> {
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", LINE);
}

interface Answer {
  readonly seconds: number;
  readonly output: readonly number[];
}

/** Each side once a round, in a browser of its own; the dense file takes minutes. */
async function answerRow(open: Open, { rounds, progress }: CaseContext): Promise<Row> {
  const found: [Answer, Answer][] = [];
  for (let round = 0; round < rounds; round++) {
    const sides: Answer[] = [];
    for (const name of ["firstAnswer", "firstDenseAnswer"]) {
      const answer = await open(async (opened) => {
        if (name === "firstDenseAnswer") await call(opened, "warmRuntime");
        await slowDown(opened);
        return call<Answer>(opened, name);
      });
      progress(`${name}: ${answer.seconds.toFixed(1)} s`);
      sides.push(answer);
    }
    assertAgree("AlexNet", Float32Array.from(sides[0]!.output), Float32Array.from(sides[1]!.output));
    found.push(sides as [Answer, Answer]);
  }
  const [ours, theirs] = [0, 1].map((side) => median(found.map((sides) => sides[side]!.seconds))) as [number, number];
  return toRow({
    name: "AlexNet, from click to first answer at 20 Mbit/s",
    unit: "s",
    ours,
    peer: PEER,
    theirs,
    bar: 4,
    goal: 10,
  });
}

type Open = Parameters<Parameters<typeof withPages>[2]>[0];

/** Once the browser has done what it does when it starts. */
async function longestTask(opened: OpenPage): Promise<number> {
  const page = await unrecordedPage(opened);
  await opened.page.waitForTimeout(SETTLING);
  await page.send("Network.enable", KEPT_BYTES);
  await page.send("Network.emulateNetworkConditions", LINE);
  return page.call("longestTask");
}

async function longestTaskRow(open: Open, { rounds }: CaseContext): Promise<Row> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) found.push(await open(longestTask));
  return toRow({
    name: "AlexNet loaded at 20 Mbit/s and decoded: the main thread's longest task",
    unit: "ms",
    ours: median(found),
    peer: "the bar",
    theirs: 50,
    bar: 1,
    goal: Number((50 / 16).toPrecision(3)),
  });
}

/** Samples a page's heap and buffers until `work` ends. */
async function peakOf<T>(
  { tools }: OpenPage,
  work: Promise<T>,
): Promise<{ readonly bytes: number; readonly result: T }> {
  let [bytes, isOver] = [0, false];
  const end = work.finally(() => {
    isOver = true;
  });
  end.catch(() => {}); // heard of below
  while (!isOver) {
    const usage = (await tools.send("Runtime.getHeapUsage")) as { usedSize: number; backingStorageSize?: number };
    bytes = Math.max(bytes, usage.usedSize + (usage.backingStorageSize ?? 0));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { bytes, result: await end };
}

async function memoryRow(open: Open, { onnx }: SyntheticFile): Promise<Row> {
  const bytes = await open(async (opened) => (await peakOf(opened, call(opened, "streamInto"))).bytes);
  return toRow({
    name: "AlexNet streamed into onnxruntime-web: peak of JavaScript's heap and buffers",
    unit: "MB",
    ours: bytes / 1e6,
    peer: "1.5 times the dense weights",
    theirs: (1.5 * onnx.length) / 1e6,
    bar: 1,
    goal: Number((1.5 / 1.15).toPrecision(3)),
  });
}

/** A page in Chromium loads AlexNet's `.dcz` file from a server on this machine. */
export const LOADING_PAGE_CASE: Case = {
  name: "page",
  async run(context) {
    const file = await syntheticFile("alexnet", syntheticLayers("alexnet"));
    const served = {
      files: {
        "/alexnet.dcz": file.stored,
        "/alexnet.onnx": file.onnx,
        "/small.onnx": writeOnnx({ graph: SMALL, tensors: [] }),
      },
      folders: { "/runtime/": peerFolder("onnxruntime-web") },
    };
    return withPages(served, "loading-page", async (open) => [
      await longestTaskRow(open, context),
      await memoryRow(open, file),
      await answerRow(open, context),
    ]);
  },
};
