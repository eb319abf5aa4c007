/** Bytes of a block, which has one checksum: a section is verified, and can be used, block by block. */
export const BLOCK_BYTES = 2 ** 20;

/** The directory is read into memory whole before anything else of the file is trusted. */
export const MAX_DIRECTORY_BYTES = 2 ** 26;

/** Ten times the parameters of the largest published graphs; a tensor record takes at least 4 bytes. */
export const MAX_TENSORS = 2 ** 16;

/** NumPy's limit; shapes in ONNX models stay below 8. */
export const MAX_RANK = 32;

/** UTF-8 bytes of a tensor's name; exported names are paths such as `layer4.1/conv2/weight`. */
export const MAX_NAME_BYTES = 1024;

/** A tensor of version 1 has exactly one; the directory has room for more. */
export const MAX_SECTIONS = 16;

/** Bytes of all metadata, keys and values: notes about the model, not data. */
export const MAX_METADATA_BYTES = 2 ** 20;

/** The graph carries no weights; those of thousands of nodes stay below a megabyte. */
export const MAX_GRAPH_BYTES = 2 ** 26;
