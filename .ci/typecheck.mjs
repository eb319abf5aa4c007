// Type-checks everything, and once more with noUncheckedIndexedAccess: all sources but the kernels below, whose inner loops index
// typed arrays by positions that they compute. There the check would add a `!` to every access and find nothing; properties,
// twins and the fuzzer hold these files. Tests are left out too: there an index that is wrong fails the test.
import { relative } from "node:path";
import ts from "typescript";

const KERNELS = new Set(
  `bits: bit-reader crc32c packed-codes
codebook: cell-costs distribution entropy-cells optimal-cells quantize range-sums refine-cells sorted-floats
context-coding: live-columns magnitude matrix-model
huffman: code-lengths histogram multi-symbol-table plain-decoder plain-encoder prefix-decoder prefix-encoder run-lengths
kernels: plain-kernels wasm-moments
sparse: bitmask compressed-lines dense-from-codes density-classes gap-counts line-counts radix-select relative-index
sparse: scan-order scan-table scan-vector select-largest submatrix-counts
training: plain-batch plain-convolution plain-layers plain-normalization plain-optimizer plain-pooling`
    .split("\n")
    .flatMap((line) => {
      const [folder, files] = line.split(": ");
      return files.split(" ").map((file) => `packages/${folder}/src/${file}.ts`);
    }),
);

const { config } = ts.readConfigFile("tsconfig.base.json", ts.sys.readFile);
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());

function diagnosticsOf(extra) {
  const program = ts.createProgram(fileNames, { ...options, ...extra });
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => ({
    diagnostic,
    file: diagnostic.file ? relative(process.cwd(), diagnostic.file.fileName) : "",
  }));
}

const plain = diagnosticsOf({});
const strict = diagnosticsOf({ noUncheckedIndexedAccess: true });
const found = [
  ...plain,
  ...(plain.length > 0 ? [] : strict.filter(({ file }) => file.includes("/src/") && !KERNELS.has(file))),
];
const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getNewLine: () => "\n",
};
if (found.length > 0)
  console.error(
    ts.formatDiagnostics(
      found.map(({ diagnostic }) => diagnostic),
      host,
    ),
  );
const idle = [...KERNELS].filter((kernel) => !strict.some(({ file }) => file === kernel));
for (const kernel of idle) console.error(`${kernel}: no kernel (any more): take it off the list in .ci/typecheck.mjs`);
process.exitCode = found.length + idle.length > 0 ? 1 : 0;
