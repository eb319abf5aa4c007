import type { Case } from "./harness";
import { LARGE_TENSOR_CASE } from "./large-tensor-case";
import { SMALL_TENSORS_CASE } from "./small-tensors-case";
import { TARGET_CASE } from "./target-case";

/** Many small tensors, one that is a large part of what a machine has, and many trials of a whole model. */
export const SCALE_CASES: readonly Case[] = [SMALL_TENSORS_CASE, LARGE_TENSOR_CASE, TARGET_CASE];
