import { bytesSource, crc32c } from "@deep-compression/bits";
import { floatData, prepare } from "@deep-compression/inference";
import { lenet5 } from "@deep-compression/network";
import { compress, open, tensorsOfStream } from "@deep-compression/pipeline";
import { decodePool } from "@deep-compression/pipeline/parallel";
import { seededRandom } from "@deep-compression/runtime";
import { initialize } from "@deep-compression/training";
import { codeOf } from "./error-code";

/** The files among the vectors, read, refused; and a network that is compressed, comes back on two threads, and runs. */
export async function run(read: (path: string) => Promise<Uint8Array>): Promise<unknown> {
  const names = JSON.parse(new TextDecoder().decode(await read("names.json"))) as string[];
  const files = [];
  for (const name of names) files.push([name, await tensorsOf(await read(name)).catch(codeOf)]);

  const network = initialize(lenet5, { random: seededRandom(1) });
  const { bytes } = compress(network, { default: { sparsity: 0.9, share: { size: 16 } } });
  const pool = decodePool({ threads: 2 });
  const file = await open(bytesSource(bytes));
  const [alone, together] = [await file.network(), await pool.decompress(bytesSource(bytes))];
  const hasShared = typeof SharedArrayBuffer !== "undefined";
  const shared = await pool.decompress(bytesSource(bytes), { shared: true }).catch((error: Error) => {
    if (hasShared || !error.message.includes("no memory that threads share")) throw error;
    return together;
  });
  await pool.close();
  const { graph } = file;
  const random = seededRandom(2);
  const image = { shape: [1, 1, 28, 28], data: new Float32Array(784).map(() => random()) };
  const outputs = graph && prepare({ graph }, await file.weights()).run({ [graph.inputs[0].name]: image });
  return {
    files,
    bytes: crc32c(bytes),
    tensors: [alone, together, shared].map(({ tensors }) => tensors.map((tensor) => crc32c(tensor.bytes))),
    outputs: Object.values(outputs ?? {}).map((output) => [...floatData(output)]),
  };
}

async function tensorsOf(bytes: Uint8Array): Promise<readonly unknown[]> {
  const found = [];
  for await (const { name, shape, bytes: elements } of tensorsOfStream(pieces(bytes))) {
    found.push([name, shape, crc32c(elements)]);
  }
  return found;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
}
