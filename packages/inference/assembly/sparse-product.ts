// Products of sparse matrices in both layouts.
export { columnsProduct16, columnsProduct32, columnsProduct8 } from "./coded-columns";
export { groupedProduct, groupedProduct4, groupedProduct8 } from "./grouped-rows";
export { packLanes, unpackLanes } from "./lanes";
