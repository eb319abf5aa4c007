// The module of loops over the heap of a session, whose memory it imports. Addresses are in bytes.
export { gemm } from "../../kernels/assembly/gemm";
export { copyPlanes, depthwise } from "../../kernels/assembly/planes";
export { addWindowColumns, finishRows, gateRows, windowColumns } from "./convolution";
export { addFloats, divideFloats, multiplyFloats, smoothFloats, softmaxRows, subtractFloats } from "./elementwise";
export { poolMaxima, poolSums, rowMeans } from "./pooling";
export { columnsProduct16, columnsProduct32, columnsProduct8 } from "./coded-columns";
export { packLanes, unpackLanes } from "./lanes";
export { convolve32, convolve8, expandEntries } from "./sparse-convolution";
export { groupedProduct, groupedProduct4, groupedProduct8 } from "./grouped-rows";

/** The first address that may be used. */
export function heapBase(): usize { return __heap_base; }
