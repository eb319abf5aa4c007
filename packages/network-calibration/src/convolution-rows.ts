import { elementCount } from "@deep-compression/bits";
import { intsAttribute, type Node, windowsOf } from "@deep-compression/network";
import type { MatrixRows } from "./matrix-rows";

/** The kernels of a convolution. */
export interface Kernels {
  readonly groups: number;
  /** Inputs of each group. */
  readonly channels: number;
  readonly kernel: readonly number[];
}

/** Where along one axis an output reads: the place of the input under a cell of the kernel; outside of it there is padding. */
interface AxisReader {
  readonly outputs: number;
  readonly inputs: number;
  /** @returns -1 for padding */
  readonly inputAt: (output: number, cell: number) => number;
}

/** The patches of a Conv's input under its kernel, one for each item and place of the output: channel by channel, cell by cell. */
export function convolutionRows(node: Node, kernels: Kernels): MatrixRows {
  return patchRows(kernels, (spatial) =>
    windowsOf(node, spatial, kernels.kernel).map(({ output, input, stride, dilation, padBegin }) => ({
      outputs: output,
      inputs: input,
      inputAt: (place, cell) => within(place * stride + cell * dilation - padBegin, input),
    })),
  );
}

/** What each place of a ConvTranspose's output is made of: the inputs that a kernel's cell brings there. */
export function transposedRows(node: Node, kernels: Kernels): MatrixRows {
  const { kernel } = kernels;
  const axes = kernel.length;
  const perAxis = (name: string, fallback: number) =>
    intsAttribute(node, name) ?? new Array<number>(axes).fill(fallback);
  const [strides, dilations, extra] = [perAxis("strides", 1), perAxis("dilations", 1), perAxis("output_padding", 0)];
  const pads = intsAttribute(node, "pads") ?? new Array<number>(2 * axes).fill(0);
  return patchRows(kernels, (spatial) =>
    spatial.map((input, axis) => {
      const [stride, dilation, begin] = [strides[axis]!, dilations[axis]!, pads[axis]!];
      const span = (kernel[axis]! - 1) * dilation + 1;
      return {
        outputs: stride * (input - 1) + extra[axis]! + span - begin - pads[axes + axis]!,
        inputs: input,
        inputAt: (place, cell) => {
          const reached = place + begin - cell * dilation;
          return reached % stride === 0 ? within(reached / stride, input) : -1;
        },
      };
    }),
  );
}

function within(place: number, size: number): number {
  return place >= 0 && place < size ? place : -1;
}

function patchRows(
  { groups, channels, kernel }: Kernels,
  readersOf: (spatial: readonly number[]) => readonly AxisReader[],
): MatrixRows {
  const cells = elementCount(kernel);
  const columns = channels * cells;
  return {
    positions(shape) {
      const [items = 0, own, ...spatial] = shape;
      if (own !== groups * channels)
        throw new RangeError(`expected inputs of ${groups * channels} channels, got ${own}`);
      return items * elementCount(readersOf(spatial).map(({ outputs }) => outputs));
    },
    rowsAt({ values, shape }, positions, group) {
      const spatial = shape.slice(2);
      const readers = readersOf(spatial);
      const size = elementCount(spatial);
      const outputs = elementCount(readers.map((reader) => reader.outputs));
      const rows = new Float32Array(positions.length * columns);
      const inputs = new Int32Array(cells);
      for (let i = 0; i < positions.length; i++) {
        const item = Math.floor(positions[i]! / outputs);
        placesUnder(inputs, readers, { place: positions[i]! - item * outputs, kernel });
        const from = (item * groups + group) * channels * size;
        copyPatch(rows.subarray(i * columns, (i + 1) * columns), values.subarray(from, from + channels * size), inputs);
      }
      return rows;
    },
  };
}

/** Of each channel what stands at some places, zeros at negative ones. */
function copyPatch(patch: Float32Array, planes: Float32Array, places: Int32Array): void {
  const cells = places.length;
  const channels = patch.length / cells;
  const size = planes.length / channels;
  for (let cell = 0; cell < cells; cell++) {
    const place = places[cell]!;
    if (place < 0) continue;
    for (let at = cell, from = place; at < patch.length; at += cells, from += size) patch[at] = planes[from]!;
  }
}

/** The place in a plane of the input under each cell of the kernel, -1 for padding. */
function placesUnder(
  inputs: Int32Array,
  readers: readonly AxisReader[],
  { place, kernel }: { readonly place: number; readonly kernel: readonly number[] },
): void {
  inputs.fill(0);
  let rest = place;
  let stride = 1;
  let repeat = 1;
  for (let axis = readers.length - 1; axis >= 0; axis--) {
    const reader = readers[axis]!;
    const output = rest % reader.outputs;
    rest = Math.floor(rest / reader.outputs);
    const size = kernel[axis]!;
    for (let cell = 0; cell < inputs.length; cell++) {
      const input = reader.inputAt(output, Math.floor(cell / repeat) % size);
      if (input < 0) inputs[cell] = -1;
      else if (inputs[cell]! >= 0) inputs[cell]! += input * stride;
    }
    repeat *= size;
    stride *= reader.inputs;
  }
}
