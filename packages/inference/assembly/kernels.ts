// The module of loops over the heap of a session, whose memory it imports. Addresses are in bytes.
export { gemm } from "../../kernels/assembly/gemm";

/** The first address that may be used. */
export function heapBase(): usize { return __heap_base; }
