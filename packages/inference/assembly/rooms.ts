// Memory that loops work in by themselves. All modules lie over one memory, so these addresses are told apart here; the heap begins behind
// them, at HEAP_BASE of src/kernel-memory.ts.

/** A vector of a number that is read again and again, for each of two operands. */
export const SPLAT_X: usize = 16;
export const SPLAT_Y: usize = 32;
/** The last elements, which are no whole vector. */
export const REST: usize = 48;
/** The products of a column's input and each of the centroids: at most 256, and one of 0. */
export const PRODUCTS: usize = 64;
/** The inputs of a tile, so that their address is part of the instruction: 16384 of float32, up to 66688. */
export const INPUTS: usize = 1152;
/** The addresses of the inputs of a stretch that are not zero, and one more: up to 70800. */
export const NON_ZERO: usize = 66688;
/** How many inputs a stretch has. */
export const NON_ZERO_INPUTS: usize = 1024;
