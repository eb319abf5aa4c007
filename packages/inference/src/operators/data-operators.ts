import type { OperatorTable } from "../operation";
import { cast, castLike } from "./cast";
import { concat, split } from "./concat-split";
import { constant, constantOfShape, eyeLike, range } from "./constants";
import { ifElse, loop } from "./control-flow";
import { depthToSpace, spaceToDepth } from "./depth-space";
import { expand, tile } from "./expand-tile";
import { gather, gatherElements, gatherND } from "./gather";
import { gridSample } from "./grid-sample";
import { dropout, identity } from "./identity";
import { nonMaxSuppression } from "./non-max-suppression";
import { oneHot } from "./one-hot";
import { pad } from "./pad";
import { resize, upsample } from "./resize";
import { roiAlign } from "./roi-align";
import { scan } from "./scan";
import { scatterElements, scatterND } from "./scatter";
import { compress, nonZero, reverseSequence } from "./selection";
import { flatten, reshape, shape, size, squeeze, unsqueeze } from "./shape-operators";
import { slice } from "./slice";
import { transpose } from "./transpose";
import { trilu } from "./trilu";
import { unique } from "./unique";

/** Operators that move elements, tell shapes, choose what runs, or change the type. */
export const DATA_OPERATORS: OperatorTable = {
  Cast: cast,
  CastLike: castLike,
  Compress: compress,
  Concat: concat,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Dropout: dropout,
  Expand: expand,
  EyeLike: eyeLike,
  Flatten: flatten,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  GridSample: gridSample,
  Identity: identity,
  If: ifElse,
  Loop: loop,
  NonMaxSuppression: nonMaxSuppression,
  NonZero: nonZero,
  OneHot: oneHot,
  Pad: pad,
  Range: range,
  Reshape: reshape,
  Resize: resize,
  ReverseSequence: reverseSequence,
  RoiAlign: roiAlign,
  Scan: scan,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Shape: shape,
  Size: size,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unique: unique,
  Unsqueeze: unsqueeze,
  Upsample: upsample,
};
