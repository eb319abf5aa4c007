import type { OperatorTable } from "../operation";
import { cast, castLike } from "./cast";
import { concat, split } from "./concat-split";
import { constant, constantOfShape, eyeLike, range } from "./constants";
import { ifElse, loop } from "./control-flow";
import { expand, tile } from "./expand-tile";
import { dropout, identity } from "./identity";
import { pad } from "./pad";
import { flatten, reshape, shape, size, squeeze, unsqueeze } from "./shape-operators";
import { slice } from "./slice";
import { transpose } from "./transpose";

/** Operators that move elements, tell shapes, choose what runs, or change the type. */
export const DATA_OPERATORS: OperatorTable = {
  Cast: cast,
  CastLike: castLike,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Dropout: dropout,
  Expand: expand,
  EyeLike: eyeLike,
  Flatten: flatten,
  Identity: identity,
  If: ifElse,
  Loop: loop,
  Pad: pad,
  Range: range,
  Reshape: reshape,
  Shape: shape,
  Size: size,
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
