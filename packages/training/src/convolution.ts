import type { Value } from "./layer";
import type { Parameter } from "./parameters";
import type { Windows } from "./sliding-window";

/** What a convolution is compiled of. */
export interface Convolution {
  readonly input: Value;
  readonly weight: Parameter;
  readonly windows: Windows;
  readonly groups: number;
}
