import { elementCount, FormatError, type FormatErrorCode } from "@deep-compression/bits";
import { type ElementType, elementBytes } from "@deep-compression/network";
import { describeValue, quoted } from "@deep-compression/runtime";
import { isObject, isSizes, type JsonObject } from "./json-text";
import { pathInFolder } from "./model-folder";

/** A weight as a manifest describes it. */
export interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** What its stored bytes are: "string" for texts, each with its length in front; undefined if that is not known. */
  readonly type: ElementType | "string" | undefined;
  /** What the weight is when it is used, as the manifest names it. */
  readonly dtype: string;
  readonly isQuantized: boolean;
  /** Of codes: a value is min + code x scale. */
  readonly quantization?: { readonly min: number; readonly scale: number };
}

/** Weights that fill some files, taken back to back. */
export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

/** Element types of weights as TensorFlow.js stores them (tfjs-core, `DTYPE_VALUE_SIZE_MAP`). */
const TYPES: ReadonlyMap<string, ElementType | "string"> = new Map([
  ["float32", "float32"],
  ["float16", "float16"],
  ["int32", "int32"],
  ["uint16", "uint16"],
  ["uint8", "uint8"],
  ["bool", "bool"],
  ["complex64", "complex64"],
  ["string", "string"],
]);

/** What weights are quantized to: of these the stored bytes are. */
const QUANTIZED_TYPES: readonly ElementType[] = ["uint8", "uint16", "float16"];

/**
 * The groups of a weights manifest: of `weightsManifest` of a model.json, or of a manifest file, which has them alone.
 *
 * @throws FormatError "invalid-table", "out-of-range" for a path that leaves the folder, "duplicate-name"
 */
export function readManifest(manifest: unknown): readonly ManifestGroup[] {
  if (manifest === undefined || manifest === null) return [];
  if (!Array.isArray(manifest)) throw invalid("the weights manifest is no list of groups");
  const groups = manifest.map(readGroup);
  assertUnique(
    groups.flatMap(({ paths }) => paths),
    (path) => `the manifest names the file ${quoted(path)} twice`,
  );
  const names = groups.flatMap(({ weights }) => weights.map(({ name }) => name));
  assertUnique(names, (name) => `two weights are named ${quoted(name)}`);
  return groups;
}

/** Bytes that a weight of numbers takes; Infinity for more than can be counted. */
export function weightBytes(type: ElementType, shape: readonly number[]): number {
  return elementBytes(type, elementCount(shape));
}

function readGroup(group: unknown): ManifestGroup {
  if (!isObject(group)) throw invalid("a group of the weights manifest is no object");
  const { paths, weights } = group;
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) {
    throw invalid("the paths of a group of the weights manifest are no list of texts");
  }
  if (!Array.isArray(weights)) throw invalid("the weights of a group of the weights manifest are no list");
  return { paths: paths.map(pathInFolder), weights: weights.map(readWeight) };
}

function readWeight(weight: unknown): ManifestWeight {
  if (!isObject(weight) || typeof weight.name !== "string") throw invalid("a weight of the manifest has no name");
  const { name, shape, dtype, quantization } = weight;
  const fail = (message: string) => invalid(`weight ${quoted(name)}: ${message}`, "invalid-table", name);
  if (!isSizes(shape)) throw fail("shape must be a list of sizes");
  if (typeof dtype !== "string") throw fail(`expected dtype as a text, got ${describeValue(dtype)}`);
  // The library looks for the key alone; a null would stop it.
  if (quantization === undefined) return { name, shape, dtype, type: TYPES.get(dtype), isQuantized: false };
  if (!isObject(quantization)) throw fail("quantization must be an object");
  const type = QUANTIZED_TYPES.find((known) => known === quantization.dtype);
  const { min, scale } = quantization;
  const isScaled = typeof min === "number" && typeof scale === "number" && type !== "float16";
  return {
    name,
    shape,
    dtype,
    type: checkQuantization(quantization, type, fail),
    isQuantized: true,
    ...(isScaled && { quantization: { min, scale } }),
  };
}

/** @throws FormatError for a type that needs its scale and has none */
function checkQuantization(
  { min, scale }: JsonObject,
  type: ElementType | undefined,
  fail: (message: string) => FormatError,
): ElementType | undefined {
  if (type === undefined || type === "float16") return type;
  if (typeof min === "number" && typeof scale === "number") return type;
  throw fail("quantization needs min and scale");
}

function assertUnique(names: readonly string[], message: (name: string) => string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalid(message(name), "duplicate-name");
    seen.add(name);
  }
}

function invalid(message: string, code: FormatErrorCode = "invalid-table", tensor?: string): FormatError {
  return new FormatError(code, message, { offset: 0, ...(tensor !== undefined && { tensor }) });
}
