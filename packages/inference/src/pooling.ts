import { intAttribute, misfit, type Window } from "@deep-compression/network";
import { type Buffers, type Operation, planesAt, type Site } from "./operation";

/** MaxPool in two dimensions; padding never wins. The optional indices are not computed. */
export function maxPool(site: Site): Operation {
  const [, indices = ""] = site.node.outputs;
  if (indices !== "") throw misfit(site.node, "expected one output, got the indices too");
  return pool(site, ({ inputs: [x], output, lanes }, { plane, width, rows, columns, to }) => {
    output.fill(Number.NEGATIVE_INFINITY, to, to + lanes);
    for (let r = 0; r < rows.count; r++)
      for (let c = 0; c < columns.count; c++) {
        const from = (plane + (rows.first + r * rows.step) * width + columns.first + c * columns.step) * lanes;
        for (let lane = 0; lane < lanes; lane++) output[to + lane] = Math.max(output[to + lane], x[from + lane]);
      }
  });
}

/** AveragePool in two dimensions: the mean of the cells of a window, with its padding if count_include_pad says so. */
export function averagePool(site: Site): Operation {
  const countPadding = intAttribute(site.node, "count_include_pad", 0) !== 0;
  return pool(site, ({ inputs: [x], output, lanes }, { plane, width, rows, columns, to }) => {
    const count = countPadding ? rows.withPadding * columns.withPadding : rows.count * columns.count;
    for (let lane = 0; lane < lanes; lane++) {
      let sum = 0;
      for (let r = 0; r < rows.count; r++)
        for (let c = 0; c < columns.count; c++)
          sum += x[(plane + (rows.first + r * rows.step) * width + columns.first + c * columns.step) * lanes + lane];
      output[to + lane] = sum / count;
    }
  });
}

/** The part of a window that lies on the input along one axis, and how many of its cells lie on input or padding. */
interface Span {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly withPadding: number;
}

/** The cells of one window, a grid in the plane that begins at feature `plane`; the result goes to index `to`. */
interface Cells {
  readonly plane: number;
  readonly width: number;
  readonly rows: Span;
  readonly columns: Span;
  readonly to: number;
}

function pool(site: Site, reduce: (buffers: Buffers, cells: Cells) => void): Operation {
  const { channels, vertical, horizontal } = planesAt(site);
  const [rowSpans, columnSpans] = [spans(vertical), spans(horizontal)];
  const [height, width] = [vertical.input, horizontal.input];
  return {
    shape: [channels, vertical.output, horizontal.output],
    run: (buffers) => {
      let to = 0;
      for (let c = 0; c < channels; c++)
        for (const rows of rowSpans)
          for (const columns of columnSpans) {
            reduce(buffers, { plane: c * height * width, width, rows, columns, to });
            to += buffers.lanes;
          }
    },
  };
}

function spans({ input, output, kernel, stride, dilation, padBegin, padEnd }: Window): readonly Span[] {
  return Array.from({ length: output }, (_, o) => {
    const start = o * stride - padBegin;
    const skipped = Math.max(0, Math.ceil(-start / dilation));
    const first = start + skipped * dilation;
    const inside = (end: number) => Math.min(kernel, Math.max(0, Math.ceil((end - start) / dilation)));
    return { first, step: dilation, count: Math.max(0, inside(input) - skipped), withPadding: inside(input + padEnd) };
  });
}
