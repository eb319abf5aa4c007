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
  // Groups are asked for one by one at the same positions.
  const known = new WeakMap<Uint32Array, Int32Array>();

  /** Where the first channel of the first group is read, for each position and cell of the kernel; -1 for padding. */
  function placesAt(positions: Uint32Array, spatial: readonly number[]): Int32Array {
    const before = known.get(positions);
    if (before !== undefined) return before;
    const axes = axisTables(readersOf(spatial), kernel);
    const outputs = axes.reduce((product, axis) => product * axis.outputs, 1);
    const item = groups * channels * elementCount(spatial);
    const places = new Int32Array(positions.length * cells);
    for (const [i, position] of positions.entries()) {
      const number = Math.floor(position / outputs);
      placesUnder(places.subarray(i * cells, (i + 1) * cells), axes, {
        output: position - number * outputs,
        start: number * item,
      });
    }
    if (groups > 1) known.set(positions, places);
    return places;
  }

  return {
    positions(shape) {
      const [items = 0, own, ...spatial] = shape;
      if (own !== groups * channels)
        throw new RangeError(`expected inputs of ${groups * channels} channels, got ${own}`);
      return items * elementCount(readersOf(spatial).map(({ outputs }) => outputs));
    },
    rowsAt({ values, shape }, positions, group, rows = new Float32Array(positions.length * columns)) {
      const spatial = shape.slice(2);
      const size = elementCount(spatial);
      const places = placesAt(positions, spatial);
      for (let from = 0, at = 0; from < places.length; from += cells) {
        for (let channel = 0; channel < channels; channel++) {
          const plane = (group * channels + channel) * size;
          for (let cell = 0; cell < cells; cell++, at++) {
            const place = places[from + cell]!;
            rows[at] = place < 0 ? 0 : values[plane + place]!;
          }
        }
      }
      return rows;
    },
  };
}

/** What each output along one axis reads under each cell of the whole kernel. */
interface AxisTable {
  readonly outputs: number;
  /** Outputs x cells: how far along this axis takes one in a plane of the input, -1 for padding. */
  readonly steps: Int32Array;
}

function axisTables(readers: readonly AxisReader[], kernel: readonly number[]): readonly AxisTable[] {
  const cells = elementCount(kernel);
  return readers.map(({ outputs, inputAt }, axis) => {
    const stride = readers.slice(axis + 1).reduce((product, { inputs }) => product * inputs, 1);
    const repeat = elementCount(kernel.slice(axis + 1));
    const steps = new Int32Array(outputs * cells);
    for (let at = 0; at < steps.length; at++) {
      const cell = Math.floor((at % cells) / repeat) % kernel[axis]!;
      const input = inputAt(Math.floor(at / cells), cell);
      steps[at] = input < 0 ? -1 : input * stride;
    }
    return { outputs, steps };
  });
}

/** The place in the input under each cell of the kernel, from the `start` of an item on; -1 for padding. */
function placesUnder(
  places: Int32Array,
  axes: readonly AxisTable[],
  { output, start }: { readonly output: number; readonly start: number },
): void {
  places.fill(start);
  let rest = output;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const { outputs, steps } = axes[axis]!;
    const before = Math.floor(rest / outputs);
    let from = (rest - before * outputs) * places.length;
    rest = before;
    for (let cell = 0; cell < places.length; cell++, from++) {
      const step = steps[from]!;
      places[cell] = step < 0 || places[cell]! < 0 ? -1 : places[cell]! + step;
    }
  }
}
