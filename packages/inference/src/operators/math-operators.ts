import type { OperatorTable } from "../operation";
import { add, sub } from "./arithmetic";

/** Operators that compute: element by element, or along axes. */
export const MATH_OPERATORS: OperatorTable = {
  Add: add,
  Sub: sub,
};
