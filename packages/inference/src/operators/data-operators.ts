import type { OperatorTable } from "../operation";
import { ifElse, loop } from "./control-flow";
import { dropout, identity } from "./identity";

/** Operators that move elements, tell shapes, choose what runs, or change the type. */
export const DATA_OPERATORS: OperatorTable = {
  Dropout: dropout,
  Identity: identity,
  If: ifElse,
  Loop: loop,
};
