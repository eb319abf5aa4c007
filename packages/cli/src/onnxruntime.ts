import { locatePackage } from "./optional-package";

// What `compare` uses of the package onnxruntime-node, an optional peer: spelled out, so that our types do not need it.

/** The memory of a tensor: 64-bit integers as bigints, float16 as its bits where Node has no Float16Array. */
export type RuntimeArray = ArrayLike<number> | ArrayLike<bigint>;

export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: RuntimeArray | ArrayLike<string>;
}

/** An input as the model declares it; a dimension without a size is a name. */
export interface RuntimeInput {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export interface RuntimeSession {
  readonly inputMetadata?: readonly RuntimeInput[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release?(): Promise<void>;
}

export interface OnnxRuntime {
  readonly env?: { readonly versions?: { readonly node?: string } };
  readonly Tensor: new (type: string, data: RuntimeArray, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: {
    create(path: string, options: SessionOptions): Promise<RuntimeSession>;
    create(bytes: Uint8Array, options: SessionOptions): Promise<RuntimeSession>;
  };
}

interface SessionOptions {
  /** 3: errors only. */
  readonly logSeverityLevel: 3;
}

const PACKAGE = "onnxruntime-node";

const RUNTIME = {
  name: PACKAGE,
  use: "which runs the models",
  // Without the variable its installation downloads libraries for graphics cards.
  advice: `run "ONNXRUNTIME_NODE_INSTALL=skip npm install ${PACKAGE}" in this folder, or beside deep-compression`,
};

/**
 * Loads onnxruntime-node, from beside this package or from the current folder.
 *
 * @throws Error that says how to install it
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  const module = await import(locatePackage(RUNTIME));
  return module.default ?? module;
}

/** What a model of an ONNX file takes. @throws Error if this onnxruntime does not tell */
export function inputsOf({ inputMetadata }: RuntimeSession): readonly RuntimeInput[] {
  if (inputMetadata) return inputMetadata;
  throw new Error(`this ${PACKAGE} does not tell what a model takes; install version 1.22 or later`);
}
