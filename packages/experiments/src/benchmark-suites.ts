/** Title and explanation of a suite's rows, in the order of the document. */
export const BENCHMARK_SUITES: readonly { readonly suite: string; readonly title: string; readonly text: string }[] = [
  {
    suite: "training",
    title: "Speed of training",
    text: "Medians of alternated runs in one process a peer; ratio: theirs over ours, above 1 where ours is faster.",
  },
  {
    suite: "codecs",
    title: "The codecs",
    text:
      "One thread but where workers are named; medians of alternated runs, taken as packages/benchmarks/README.md says, results compared before anything is timed. Ratio: theirs over ours, above 1 where ours is faster; " +
      "for sizes and distortions (unit: excess), how much more than theirs ours is in percent, below 0 where ours is smaller, and the bar is the most it may be.",
  },
  {
    suite: "types",
    title: "Element types, without loss",
    text:
      "Weights that others trained, of models that packages/benchmarks/models.md lists, every tensor bit for bit. bfloat16 and float16 are the float32 weights rounded. Sizes are of whole `.dcz` files. " +
      "Decoding is of sections against frames of zstd, tensor by tensor on one thread, results compared before anything is timed; whole models against `xz -9` of their files, one behind the other.",
  },
  {
    suite: "calibration",
    title: "Calibrated compression, without retraining",
    text:
      "Trained networks and some inputs go in; packages/benchmarks/README.md says which, and how each peer is made. Files are those of the command, `compress MODEL --calibrate x.npy --target-size BYTES`, whole; outputs are of onnxruntime on what was restored. " +
      "_N times smaller_: 4 bytes for each parameter over the bytes of the file. Sizes were fixed beforehand, and test images were read once for each row.",
  },
  {
    suite: "inference",
    title: "Speed of inference",
    text:
      "One thread but where two are named; medians of alternated runs, outputs compared before anything is timed; packages/benchmarks/README.md says how. Weights of AlexNet and VGG-16 are drawn at the paper's densities, LeNets are trained, other models are as others made them. " +
      "Ratio: theirs over ours, above 1 where ours is faster or smaller.",
  },
  {
    suite: "loading",
    title: "Loading in a page",
    text:
      "Over the wire: the `.dcz` file against the ONNX file as a server with gzip sends it. _Calibrated_: of `compress MODEL --calibrate`, by some dozen to hundred inputs of the kind that the model meets, held to 1 % of the outputs on items that the command holds out; other such inputs then tell what outputs are off by. Where a row says so the file is that of the defaults: of M-LSD, which picks by comparison what it gives, so that its outputs leap. _At the defaults_: of `compress MODEL`, as where a row says neither. All else: a page in Chromium loads AlexNet at the paper's densities, its weights drawn, from a server on the same machine; 20 Mbit/s are emulated by Chromium. " +
      "The longest task is the longest time between two timers of the page. The peak is of JavaScript's heap and its buffers, sampled every 10 ms; WebAssembly's own memory is not in it.",
  },
  {
    suite: "scale",
    title: "Many small tensors, and a large one",
    text:
      "Independent normal weights. 10,000 tensors of 16 x 16 are compressed and inspected in one process, errors of every tensor asserted before anything is timed; zlib deflates the same bytes tensor by tensor. " +
      "Memory is the largest resident set of the command line in a process of its own, less that of a command that reads nothing, and the bar 2.2 times the tensor's bytes.",
  },
  {
    suite: "full-size",
    title: "AlexNet and VGG-16 at full size",
    text:
      "**The weights are synthetic**: the true shapes and the paper's densities, values and places of zeros drawn from a seeded generator, nothing trained. No accuracy is claimed; bytes and seconds only. " +
      "Zeros stand in rows and columns of log-normal density whose widths were set once so that the paper's scheme comes within 5 % of the paper's rate for each fully connected layer; " +
      "the two first fully connected layers need rows far denser than others for that (width 2 to 2.5), which favours a format that sorts lines by density: the size without that is given too. " +
      "The paper's scheme counts weights, fillers and codebooks; our file counts every byte. Compress and peak memory: the command line in a process of its own, reading safetensors; decode: all tensors to dense float32 on two threads, each tensor the work of one (the default of the pool), against two threads that write as much fresh memory, median over three processes, the first time in each left out but given; a row without a bar tells what threads take that fill tensors together (`shared`).",
  },
  {
    suite: "models",
    title: "Real models",
    text:
      "Models that npm packages ship, as packages/benchmarks/models.md lists them, the ONNX files of Debian's libonnx-testdata, and files of 5 GB that the suite makes. Bytes are of all files of a model; gzip is `gzip -9` of them, one behind the other. " +
      "Defaults: `compress MODEL -o FILE.dcz` with no other option. Output error: ||y - y'|| / ||y|| in onnxruntime on real input (photographs, drawn text, a recorded voice), the largest of the model's outputs, as `compare` prints it. " +
      "Memory: the most that a process of the command held at once.",
  },
];
