import type { GraphBuilder } from "./graph-builder";
import { intOf } from "./graph-nodes";
import { type Call, sizes, type Translation, type TranslationTable } from "./translation";

/** Further than any axis goes. */
const BEYOND = 2 ** 31 - 1;

/** The part from `begin` on of `size` elements an axis; -1 for all that follow. */
const slice: Translation = ({ graph, inputs }) => {
  const [value, from, size] = inputs as [string, string, string];
  const [begin, count] = [graph.integersOf(from), graph.integersOf(size)];
  if (begin !== undefined && count !== undefined) {
    const ends = begin.map((start, axis) => (count[axis] === -1 ? BEYOND : start + count[axis]!));
    return [graph.add("Slice", [value, graph.integers(begin), graph.integers(ends)])];
  }
  const [starts, lengths] = [sizes(graph, from), sizes(graph, size)];
  const isOpen = graph.add("Equal", [lengths, graph.number(-1, "int64")]);
  const ends = graph.add("Where", [isOpen, graph.number(BEYOND, "int64"), graph.add("Add", [starts, lengths])]);
  return [graph.add("Slice", [value, starts, ends])];
};

/** What one place of a strided slice does with axes of its input. */
interface Place {
  /** Which number of begin, end and strides is its own. */
  readonly index: number;
  /** The axis, counted from the end behind an ellipsis. */
  readonly axis: number;
  readonly openBegin: boolean;
  readonly openEnd: boolean;
  /** Whether the axis goes. */
  readonly isOne: boolean;
  readonly stride: number;
}

/** The places of a strided slice, and where new axes come in what it leaves. */
interface Places {
  readonly places: readonly Place[];
  readonly newAxes: readonly number[];
}

function placesOf({ node }: Call, strides: readonly number[]): Places {
  const mask = (name: string) => (index: number) => (intOf(node, name, 0) & (1 << index)) !== 0;
  const [isNew, isEllipsis, isShrunk] = [mask("new_axis_mask"), mask("ellipsis_mask"), mask("shrink_axis_mask")];
  const [openBegin, openEnd] = [mask("begin_mask"), mask("end_mask")];
  const indices = [...strides.keys()];
  const ellipsis = indices.find(isEllipsis) ?? strides.length;
  const isPlain = (index: number) => index !== ellipsis && !isNew(index);
  const place = (index: number, axis: number): Place => ({
    index,
    axis,
    openBegin: openBegin(index),
    openEnd: openEnd(index),
    isOne: isShrunk(index),
    stride: strides[index]!,
  });
  const before = indices.filter((index) => index < ellipsis);
  const after = indices.filter((index) => index > ellipsis);
  const plainAfter = after.filter(isPlain);
  const isLeft = (index: number) => isNew(index) || !isShrunk(index);
  const leftBefore = before.filter(isLeft);
  const leftAfter = after.filter(isLeft);
  return {
    places: [
      ...before.filter(isPlain).map((index, axis) => place(index, axis)),
      ...plainAfter.map((index, i) => place(index, i - plainAfter.length)),
    ],
    newAxes: [
      ...leftBefore.flatMap((index, axis) => (isNew(index) ? [axis] : [])),
      ...leftAfter.flatMap((index, i) => (isNew(index) ? [i - leftAfter.length] : [])),
    ],
  };
}

const stridedSlice: Translation = (call) => {
  const { graph, inputs } = call;
  const [value, begin, end] = inputs as [string, string, string];
  const strides = graph.integersOf(inputs[3]);
  if (strides === undefined || strides.length > 31 || strides.includes(0)) return undefined;
  const { places, newAxes } = placesOf(call, strides);
  let made = value;
  if (places.length > 0) {
    const [starts, ends] = [
      bounds(graph, begin, places, firstOf),
      bounds(graph, end, places, (own, place) => endOf(own, place, graph.integersOf(begin))),
    ];
    const from = starts ?? computedStarts(graph, begin, places);
    const to = ends ?? computedEnds(graph, { begin, end }, places);
    const axes = graph.integers(places.map(({ axis }) => axis));
    made = graph.add("Slice", [value, from, to, axes, graph.integers(places.map(({ stride }) => stride))]);
  }
  const gone = places.filter(({ isOne }) => isOne).map(({ axis }) => axis);
  if (gone.length > 0) made = graph.add("Squeeze", [made, graph.integers(gone)]);
  if (newAxes.length > 0) made = graph.add("Unsqueeze", [made, graph.integers(newAxes)]);
  return [made];
};

function firstOf(own: number | undefined, { isOne, openBegin, stride }: Place): number | undefined {
  if (openBegin && !isOne) return stride > 0 ? 0 : BEYOND;
  return own;
}

function endOf(own: number | undefined, place: Place, begins: readonly number[] | undefined): number | undefined {
  const { isOne, openEnd, stride, index } = place;
  if (isOne) {
    const begin = begins?.[index];
    return begin === undefined ? undefined : begin === -1 ? BEYOND : begin + 1;
  }
  if (openEnd) return stride > 0 ? BEYOND : -BEYOND;
  return own;
}

/** A constant list of bounds, one a place; undefined if one is not known. */
function bounds(
  graph: GraphBuilder,
  value: string,
  places: readonly Place[],
  boundOf: (own: number | undefined, place: Place) => number | undefined,
): string | undefined {
  const known = graph.integersOf(value);
  const list = places.map((place) => boundOf(known?.[place.index], place));
  return list.every((bound) => bound !== undefined) ? graph.integers(list) : undefined;
}

function computedStarts(graph: GraphBuilder, begin: string, places: readonly Place[]): string {
  const own = picked(graph, begin, places);
  return chosen(
    graph,
    own,
    places.map((place) => firstOf(undefined, place)),
  );
}

function computedEnds(
  graph: GraphBuilder,
  { begin, end }: { readonly begin: string; readonly end: string },
  places: readonly Place[],
): string {
  const own = picked(graph, end, places);
  const ends = chosen(
    graph,
    own,
    places.map((place) => (place.isOne ? undefined : endOf(undefined, place, undefined))),
  );
  if (!places.some(({ isOne }) => isOne)) return ends;
  const starts = picked(graph, begin, places);
  const isLast = graph.add("Equal", [starts, graph.number(-1, "int64")]);
  const next = graph.add("Where", [
    isLast,
    graph.number(BEYOND, "int64"),
    graph.add("Add", [starts, graph.number(1, "int64")]),
  ]);
  const isOne = graph.constant(
    "bool",
    [places.length],
    places.map((place) => (place.isOne ? 1 : 0)),
  );
  return graph.add("Where", [isOne, next, ends]);
}

/** Of a list of bounds those of the places. */
function picked(graph: GraphBuilder, list: string, places: readonly Place[]): string {
  return graph.add("Gather", [sizes(graph, list), graph.integers(places.map(({ index }) => index))], { axis: 0 });
}

/** A list with fixed numbers in the place of some. */
function chosen(graph: GraphBuilder, own: string, fixed: readonly (number | undefined)[]): string {
  if (fixed.every((bound) => bound === undefined)) return own;
  const isFixed = graph.constant(
    "bool",
    [fixed.length],
    fixed.map((bound) => (bound === undefined ? 0 : 1)),
  );
  return graph.add("Where", [isFixed, graph.integers(fixed.map((bound) => bound ?? 0)), own]);
}

/** Operators that take parts. */
export const SLICES: TranslationTable = { Slice: slice, StridedSlice: stridedSlice };
