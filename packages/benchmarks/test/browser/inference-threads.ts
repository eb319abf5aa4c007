import { type NamedArrays, OPERATORS, prepare, type WeightSource } from "@deep-compression/inference";
import { prepareOnThreads } from "@deep-compression/inference/threads";
import { seededRandom } from "@deep-compression/runtime";

const SIZE = 700;

/** A product with a dense matrix and one with a matrix in codes, on one thread and on two; where it refuses, the reason. */
export async function run(): Promise<unknown> {
  const nodes = ["w", "v"].map((weight, i) => ({
    op: "Gemm",
    inputs: [`x${i}`, weight],
    outputs: [`x${i + 1}`],
    attributes: { transB: 1 },
  }));
  const inputs = [{ name: "x0", type: "float32", shape: ["N", SIZE] } as const];
  const network = { graph: { opset: 17, inputs, outputs: [{ name: "x2" }], nodes } };
  const options = { operators: { Gemm: OPERATORS.Gemm! } };
  const source = weights();
  const expected = outputsOf(prepare(network, source, options));
  try {
    const session = await prepareOnThreads(network, source, { ...options, threads: 2 });
    const same = outputsOf(session).map((bits, i) => `${bits}` === `${expected[i]}`);
    const { threads } = session;
    await session.close();
    const closed = outputsOf(session).map((bits, i) => `${bits}` === `${expected[i]}`);
    return { threads, same, closed, after: session.threads };
  } catch (error) {
    return (error as Error).message;
  }
}

function weights(): WeightSource {
  const random = seededRandom(1);
  const values = Float32Array.from({ length: SIZE * SIZE }, () => random() - 0.5);
  const codes = Uint8Array.from({ length: 2 * SIZE * SIZE }, () => (random() < 0.4 ? 1 + Math.floor(6 * random()) : 0));
  const centroids = Float32Array.from({ length: 8 }, (_, i) => (i === 0 ? 0 : random() - 0.5));
  const stored = { form: "dense", codes, centroids } as const;
  return {
    weight: (name) =>
      name === "w" ? { shape: [SIZE, SIZE], stored: { form: "raw", values } } : { shape: [2 * SIZE, SIZE], stored },
  };
}

/** Of one item and of ten, the bits of the outputs. */
function outputsOf(session: { run(inputs: NamedArrays): Readonly<Record<string, { readonly data: unknown }>> }) {
  return [1, 10].map((items) => {
    const random = seededRandom(items);
    const data = Float32Array.from({ length: items * SIZE }, () => random() - 0.5);
    return new Uint32Array((session.run({ x0: { shape: [items, SIZE], data } }).x2!.data as Float32Array).buffer);
  });
}
