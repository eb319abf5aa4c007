import { intAttribute, misfit } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { type Buffers, biasAt, type Operation, planesAt, type Site, weightAt } from "./operation";
import { multiplyRows } from "./row-kernels";
import { weightRows, weightRowsBytes } from "./weight-rows";

/** The input of a convolution, `height` and `width` with its padding, and the windows over it. */
type Planes = ReturnType<typeof planesAt>;

/**
 * Conv in two dimensions. Each non-zero weight [o, c, ky, kx] is an offset into the padded input, to which the corner of
 * the window is added: the row kernels of a matrix product, at every output position.
 */
export function conv(site: Site): Operation {
  const { name, weight } = weightAt(site, 1, 4);
  const [outputs = 0, groupChannels = 0, ...kernel] = weight.shape;
  const planes = planesAt(site, kernel);
  const { channels, height, width, vertical, horizontal } = planes;
  const group = intAttribute(site.node, "group", 1);
  if (!(group >= 1) || outputs % group !== 0 || groupChannels * group !== channels) {
    const grouped = `weight ${quoted(name)} ${shapeText(weight.shape)} in ${group} groups`;
    throw misfit(site.node, `${grouped} does not fit ${channels} channels`);
  }
  const groupFeatures = groupChannels * height * width;
  const inputOffsets = kernelOffsets(planes, groupChannels);
  const prepared = weightRows(weight, {
    name,
    rows: outputs,
    columns: inputOffsets.length,
    outputs: "rows",
    inputs: "common",
    inputOffsets,
    outputOffsets: Uint32Array.from({ length: outputs }, (_, o) => Math.floor((o * group) / outputs) * groupFeatures),
  });
  const bias = biasAt(site, 2, { size: outputs, scale: 1 });
  const positions = windowCorners(planes);
  const unpadded = height === vertical.input && width === horizontal.input;
  const layout = { positions, rowStride: positions.length, positionStride: 1, scale: 1, bias };
  return {
    shape: [outputs, vertical.output, horizontal.output],
    scratchFeatures: unpadded ? 0 : channels * height * width,
    weightBytes: weightRowsBytes(prepared) + (bias?.byteLength ?? 0),
    run: (buffers) => {
      const { inputs, output: y, lanes } = buffers;
      multiplyRows(prepared, { x: unpadded ? inputs[0] : padInput(buffers, planes), y, lanes, ...layout });
    },
  };
}

function kernelOffsets({ height, width, vertical, horizontal }: Planes, channels: number): Uint32Array {
  const offsets = new Uint32Array(channels * vertical.kernel * horizontal.kernel);
  let next = 0;
  for (let c = 0; c < channels; c++)
    for (let ky = 0; ky < vertical.kernel; ky++)
      for (let kx = 0; kx < horizontal.kernel; kx++)
        offsets[next++] = (c * height + ky * vertical.dilation) * width + kx * horizontal.dilation;
  return offsets;
}

function windowCorners({ width, vertical, horizontal }: Planes): Uint32Array {
  const { output: columns } = horizontal;
  return Uint32Array.from({ length: vertical.output * columns }, (_, position) => {
    const y = Math.floor(position / columns);
    return y * vertical.stride * width + (position - y * columns) * horizontal.stride;
  });
}

function padInput({ inputs, scratch, lanes }: Buffers, planes: Planes): Float32Array {
  const { channels, height, width, vertical, horizontal } = planes;
  const rowLength = horizontal.input * lanes;
  scratch.fill(0, 0, channels * height * width * lanes);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < vertical.input; y++) {
      const from = (c * vertical.input + y) * rowLength;
      const to = ((c * height + y + vertical.padBegin) * width + horizontal.padBegin) * lanes;
      scratch.set(inputs[0].subarray(from, from + rowLength), to);
    }
  return scratch;
}
