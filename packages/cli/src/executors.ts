import { sessionExecutor } from "@deep-compression/inference";
import type { Executor } from "@deep-compression/network-calibration";
import { loadOnnxRuntime } from "./onnxruntime";
import { onnxRuntimeExecutor } from "./onnxruntime-executor";

/** onnxruntime where it is installed, or a session of our own, which knows fewer operators. */
export async function availableExecutor(): Promise<Executor> {
  const runtime = await loadOnnxRuntime().catch(() => undefined);
  if (runtime === undefined) return { ...sessionExecutor(), name: "deep-compression" };
  const version = runtime.env?.versions?.node;
  return onnxRuntimeExecutor(runtime, version === undefined ? undefined : `onnxruntime-node ${version}`);
}
