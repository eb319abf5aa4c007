import { readFile } from "node:fs/promises";
import { bytesSource } from "@deep-compression/bits";
import { prepare } from "@deep-compression/inference";
import { open } from "@deep-compression/pipeline";
import { networkInput } from "./network-input";
import { openModelOnOneThread } from "./onnxruntime-thread";

// Opens a model file and runs it once, in a process that has done nothing before; prints the seconds, from before the file is read,
// and the outputs. Modules are loaded before that.
const [file, shape] = process.argv.slice(2) as [string, string];
const { name, tensor, array } = networkInput("input", JSON.parse(shape));
const start = performance.now();
let output: ArrayLike<number | bigint>;
if (file.endsWith(".dcz")) {
  const opened = await open(bytesSource(await readFile(file)));
  const session = prepare({ graph: opened.graph! }, await opened.weights());
  output = session.run({ [name]: array })[session.outputs[0]!.name]!.data;
} else {
  const session = await openModelOnOneThread("onnxruntime-web", await readFile(file));
  session.feed({ [name]: tensor });
  output = Object.values(await session.run())[0]!.data;
}
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, output: Array.from(output, Number) }));
