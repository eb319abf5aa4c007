// A page that loads a .dcz file and runs it as it is stored. `node examples/browser/build.mjs` bundles it.
import { bytesSource } from "@deep-compression/bits";
import { floatData, prepare } from "@deep-compression/inference";
import { open } from "@deep-compression/pipeline";

const response = await fetch("model.dcz");
const bytes = new Uint8Array(await response.arrayBuffer());
const file = await open(bytesSource(bytes));
const { graph } = file;
if (!graph) throw new Error("the file holds weights without a graph: there is nothing to run");

const pixels = Float32Array.from({ length: 784 }, (_, i) => (i % 28) / 28);
const { output } = prepare({ graph }, await file.weights()).run({ input: { shape: [1, 784], data: pixels } });

const scores = floatData(output);
const digit = scores.indexOf(Math.max(...scores));
const result = document.querySelector("#result");
if (result) result.textContent = `${bytes.length} bytes loaded; the network sees a ${digit}`;
