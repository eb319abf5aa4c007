// Products of sparse matrices whose weights are grouped by code, and vectors side by side, as products of both layouts take them.
export { groupedProduct, groupedProduct4, groupedProduct8 } from "./grouped-rows";
export { packLanes, unpackLanes } from "./lanes";
