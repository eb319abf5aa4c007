import type { Case } from "./harness";
import { LARGE_TENSOR_CASE } from "./large-tensor-case";
import { SMALL_TENSORS_CASE } from "./small-tensors-case";

/** Many small tensors, and one that is a large part of what a machine has. */
export const SCALE_CASES: readonly Case[] = [SMALL_TENSORS_CASE, LARGE_TENSOR_CASE];
