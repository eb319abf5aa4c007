export type { CentredRows } from "./centred-rows";
export type { MatrixPart, MatrixValues, ProductShape } from "./matrix-part";
export { NO_CODE, type PairOptions, pairSums } from "./pair-sums";
export { addCentredProducts, addProduct, centredRows } from "./products";
