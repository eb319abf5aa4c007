import { describeNode, intAttribute, intsAttribute } from "@deep-compression/network";
import { activationAt, type Buffers, biasAt, type Operation, type Site, weightAt } from "./operation";
import { type Lanes, multiplyRows } from "./row-kernels";
import { sameShape } from "./shape";
import { weightRows, weightRowsBytes } from "./weight-rows";
import { paddedLength, type Window, windows } from "./window";

/** The input of a convolution with its padding: [channels][height][width]. */
interface Planes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Conv in two dimensions. Each non-zero weight [o, c, ky, kx] is an offset into the padded input, to which the corner of
 * the window is added: the row kernels of a matrix product, at every output position.
 */
export function conv(site: Site): Operation {
  const { shape: item } = activationAt(site, 0);
  const { name, weight } = weightAt(site, 1, 4);
  const [outputs, groupChannels, ...kernel] = weight.shape;
  const [vertical, horizontal] = windows(site.node, item, kernel);
  const group = checkedGroup(site, item[0]);
  const planes: Planes = { channels: item[0], height: paddedLength(vertical), width: paddedLength(horizontal) };
  const prepared = weightRows(weight, {
    name,
    rows: outputs,
    columns: groupChannels * kernel[0] * kernel[1],
    outputs: "rows",
    inputOffsets: kernelOffsets(planes, groupChannels, [vertical, horizontal]),
    outputOffsets: Uint32Array.from(
      { length: outputs },
      (_, o) => Math.floor((o * group) / outputs) * groupChannels * planes.height * planes.width,
    ),
  });
  const bias = biasAt(site, 2, { size: outputs, scale: 1 });
  const positions = windowCorners(planes, [vertical, horizontal]);
  const unpadded = planes.height === vertical.input && planes.width === horizontal.input;
  return {
    shape: [outputs, vertical.output, horizontal.output],
    scratchFeatures: unpadded ? 0 : planes.channels * planes.height * planes.width,
    weightBytes: weightRowsBytes(prepared) + (bias?.byteLength ?? 0),
    run: (buffers) => {
      const x = unpadded ? buffers.inputs[0] : padInput(buffers, planes, [vertical, horizontal]);
      const { output: y, lanes } = buffers;
      multiplyRows(prepared, {
        x,
        y,
        lanes,
        positions,
        rowStride: positions.length,
        positionStride: 1,
        scale: 1,
        bias,
      });
    },
  };
}

function checkedGroup(site: Site, channels: number): number {
  const { node } = site;
  const { name, weight } = weightAt(site, 1, 4);
  const [outputs, groupChannels, ...kernel] = weight.shape;
  const group = intAttribute(node, "group", 1);
  if (!(group >= 1) || outputs % group !== 0 || groupChannels * group !== channels)
    throw new RangeError(
      `${describeNode(node)}: weight "${name}" [${weight.shape}] in ${group} groups does not fit ${channels} channels`,
    );
  const declared = intsAttribute(node, "kernel_shape") ?? kernel;
  if (!sameShape(declared, kernel))
    throw new RangeError(
      `${describeNode(node)}: kernel_shape expected [${kernel}] as weight "${name}", got [${declared}]`,
    );
  return group;
}

function kernelOffsets(
  planes: Planes,
  channels: number,
  [vertical, horizontal]: readonly [Window, Window],
): Uint32Array {
  const offsets = new Uint32Array(channels * vertical.kernel * horizontal.kernel);
  let next = 0;
  for (let c = 0; c < channels; c++)
    for (let ky = 0; ky < vertical.kernel; ky++)
      for (let kx = 0; kx < horizontal.kernel; kx++)
        offsets[next++] = (c * planes.height + ky * vertical.dilation) * planes.width + kx * horizontal.dilation;
  return offsets;
}

function windowCorners(planes: Planes, [vertical, horizontal]: readonly [Window, Window]): Uint32Array {
  const { output: columns } = horizontal;
  return Uint32Array.from({ length: vertical.output * columns }, (_, position) => {
    const y = Math.floor(position / columns);
    return y * vertical.stride * planes.width + (position - y * columns) * horizontal.stride;
  });
}

function padInput(
  { inputs: [x], scratch, lanes }: Buffers,
  planes: Planes,
  [vertical, horizontal]: readonly [Window, Window],
): Float32Array {
  const rowLength = horizontal.input * lanes;
  scratch.fill(0, 0, planes.channels * planes.height * planes.width * lanes);
  for (let c = 0; c < planes.channels; c++)
    for (let y = 0; y < vertical.input; y++) {
      const from = (c * vertical.input + y) * rowLength;
      const to = paddedIndex(planes, { c, y: y + vertical.padBegin, x: horizontal.padBegin }, lanes);
      scratch.set(x.subarray(from, from + rowLength), to);
    }
  return scratch;
}

function paddedIndex(planes: Planes, at: { c: number; y: number; x: number }, lanes: Lanes): number {
  return ((at.c * planes.height + at.y) * planes.width + at.x) * lanes;
}
