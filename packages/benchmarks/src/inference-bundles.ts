import { fileURLToPath } from "node:url";
import { lenet5 } from "@deep-compression/network";
import { bundled } from "./bundle-size";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** A page that runs any network. */
const EVERY_OPERATOR = 'export { prepare } from "@deep-compression/inference";';

/** A page that runs networks of some operators; the others are left out. */
export function onlyOperators(names: Iterable<string>): string {
  const list = [...new Set(names)].sort().join(", ");
  return `import { prepareWith } from "@deep-compression/inference";
import { ${list} } from "@deep-compression/inference/operators";
export const prepare = (network, weights) => prepareWith(network, weights, { operators: { ${list} } });`;
}

/** A page that runs LeNet-5 and is as small as it can be: "The smallest bundle" of the package's README. */
const LENET = `import { denseConv, groupedGemm, prepareWith } from "@deep-compression/inference";
import { Flatten, MaxPool, Relu } from "@deep-compression/inference/operators";
const operators = { Conv: denseConv, Flatten, Gemm: groupedGemm, MaxPool, Relu };
export const prepare = (network, weights) => prepareWith(network, weights, { operators });`;

/** What an application bundles of inference, by the name of the bundle. */
export const INFERENCE_BUNDLES = {
  "inference: all operators": EVERY_OPERATOR,
  "inference: operators of LeNet-5 with Conv and Gemm in their small forms": LENET,
  "inference: operators of LeNet-5": onlyOperators(lenet5.graph.nodes.map(({ op }) => op)),
} as const;

/** A page that reads `.dcz` files of ONNX models. */
const READER = `import { openWith } from "@deep-compression/pipeline/read";
import { openOnnx } from "@deep-compression/model-io";
export const open = (source) => openWith(source, { formats: { onnx: openOnnx } });`;

/** A page that calls `load`, whose bundler splits at `import()`. */
export const LOADER = 'export { load } from "@deep-compression/loader";';

/** What an application bundles to read files, by the name of the bundle. */
export const READER_BUNDLES = {
  "pipeline: open": 'export { open } from "@deep-compression/pipeline";',
  "pipeline: openWith of ONNX models": READER,
  "pipeline: openWith of files and tensors": 'export { openWith } from "@deep-compression/pipeline/read";',
  "loader: load and all that it loads later in one file": LOADER,
} as const;

/** What such a page downloads, by the name of the part: the last part of the list, after those before it. Workers need nothing else. */
export const LOADER_PARTS = {
  "loader: what a page downloads at first": [""],
  "loader: reader and decoders with workers or without": ["", "worker-reader"],
  "loader: ONNX models": ["", "worker-reader", "onnx-models"],
  "loader: safetensors and TensorFlow.js models": ["", "worker-reader", "other-models"],
  "loader: graphs of TensorFlow.js models": ["", "worker-reader", "other-models", "topology"],
  "loader: graphs of networks without a model": ["", "worker-reader", "network-graph"],
} as const;

/** The parts of a usual visit. */
export const LOADER_VISIT = [
  "loader: what a page downloads at first",
  "loader: reader and decoders with workers or without",
  "loader: ONNX models",
] as const;

/** A page that opens a `.dcz` file and runs a network of some operators, as one minified module. */
export function pageOf(operators: Iterable<string>): Promise<string> {
  return bundled(`${onlyOperators(operators)}\n${READER}`, { folder: FOLDER });
}
