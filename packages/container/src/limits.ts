/** Bytes of a block, which has one checksum: a section is verified, and can be used, block by block. */
export const BLOCK_BYTES = 2 ** 20;

/**
 * The directory, as it is stored and inflated, metadata among it: it is read into memory whole before anything else of the
 * file is trusted.
 */
export const MAX_DIRECTORY_BYTES = 2 ** 26;

/** A hundred times the parameters of the largest published graphs; a tensor record takes at least 5 bytes. */
export const MAX_TENSORS = 2 ** 20;

/** NumPy's limit; shapes in ONNX models stay below 8. */
export const MAX_RANK = 32;

/** UTF-8 bytes of a tensor's name: paths such as `layer4.1/conv2/weight`, to which exporters append whole calls. */
export const MAX_NAME_BYTES = 2 ** 16 - 1;

/** A tensor of version 1 has one, or none if it repeats another; the directory has room for more. */
export const MAX_SECTIONS = 16;

/** The graph carries no weights; those of thousands of nodes stay below a megabyte. */
export const MAX_GRAPH_BYTES = 2 ** 26;

/** An envelope holds what of a model's files is no tensor's; it is read whole. */
export const MAX_ENVELOPE_BYTES = 2 ** 30;

/** UTF-8 bytes of the name of a file of a model, its folders included: what Linux allows for a path. */
export const MAX_FILE_NAME_BYTES = 4096;

/** Elements of tensors that repeat another one, beyond as many as all other tensors have: repeating takes no bytes. */
export const FREE_REPEATED_ELEMENTS = 2 ** 24;

/** Bytes that a byte of a mixed stream may stand for: a reader's time is bounded so. Graphs of models need at most 75. */
export const MAX_BYTES_PER_MIXED_BYTE = 256;
