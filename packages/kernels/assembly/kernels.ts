// The module of functions over arrays, which are copied into its memory part by part.
export { addPanels, centre, packLeftColumns, packRightColumns, sumColumns } from "./centred-products";
export { addDoubles, addFloats, packLeftDoubles, packLeftFloats, packRightDoubles, packRightFloats } from "./added-product";
export { addPairs } from "./pair-sums";

/** The first address that may be used. */
export function heapBase(): usize { return __heap_base; }
