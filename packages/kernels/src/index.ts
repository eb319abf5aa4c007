export type { CentredRows } from "./centred-rows";
export type { MatrixPart, ProductShape } from "./matrix-part";
export { addCentredProducts, addProduct, centredRows } from "./products";
