import { FormatError } from "@deep-compression/bits";
import { checkChoice, checkInteger, checkNumber, checkObject, checkText, quoted } from "@deep-compression/runtime";

/** How far the outputs of a compressed model are from those of the model it was made of, on inputs that were held out. */
export interface CertifiedOutput {
  /** ||y - y'|| / ||y||. */
  readonly relativeError: number;
  /** Where the last axis may hold scores: the fraction of rows in which the largest is the same. */
  readonly top1?: number;
}

/** What is claimed of a compressed model (docs/format.md, "Certificate"). */
export interface Certificate {
  /** "calibrated": by inputs; "data-free": by the weights alone. */
  readonly method: "calibrated" | "data-free";
  /** SHA-256 of the model's main file, in hexadecimal. */
  readonly modelSha256: string;
  /** Items that weights were fitted to, and others that the errors were measured on. */
  readonly calibrationItems: number;
  readonly heldOutItems: number;
  /** What ran both models, as in "onnxruntime-node 1.22.0". */
  readonly executor: string;
  /** If shared values were trained towards the model's outputs: for how many steps, and the largest output error before. */
  readonly finetuning?: { readonly steps: number; readonly errorBefore: number };
  readonly outputs: Readonly<Record<string, CertifiedOutput>>;
  /** ||w - w'|| / ||w|| of each weight that lost something. */
  readonly tensorErrors: Readonly<Record<string, number>>;
}

/** The key of the metadata that holds a certificate. */
export const CERTIFICATE_KEY = "certificate";

/** The version of the form of certificates. */
const VERSION = 1;

/** Digits of an error that are told: more say nothing, and take bytes. Errors are rounded up, so that what is told holds. */
const DIGITS = 3;

/**
 * A certificate as the metadata of a file.
 *
 * @throws TypeError, RangeError for one that claims what cannot be
 */
export function certificateMetadata(certificate: Certificate): Readonly<Record<string, string>> {
  const { outputs, tensorErrors, finetuning, ...rest } = checkCertificate("certificate", certificate);
  const rounded = {
    version: VERSION,
    ...rest,
    ...(finetuning && { finetuning: { ...finetuning, errorBefore: roundedUp(finetuning.errorBefore) } }),
    outputs: mapValues(outputs, ({ relativeError, top1 }) => ({
      relativeError: roundedUp(relativeError),
      ...(top1 !== undefined && { top1: Number((1 - roundedUp(1 - top1)).toFixed(12)) }),
    })),
    tensorErrors: mapValues(tensorErrors, roundedUp),
  };
  return { [CERTIFICATE_KEY]: JSON.stringify(rounded) };
}

/**
 * The certificate that the metadata of a file holds; undefined without one.
 *
 * @throws FormatError "out-of-range" if it is none, "unsupported-version" if it is of another version
 */
export function readCertificate(metadata: Readonly<Record<string, string>>): Certificate | undefined {
  const text = metadata[CERTIFICATE_KEY];
  if (text === undefined) return undefined;
  try {
    const { version, ...certificate } = checkObject("certificate", JSON.parse(text));
    if (version !== VERSION) throw new FormatError("unsupported-version", `a certificate of version ${version}`);
    return checkCertificate("certificate", certificate);
  } catch (cause) {
    if (cause instanceof FormatError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("out-of-range", `this is no certificate: ${message}`, { cause });
  }
}

function checkCertificate(name: string, certificate: Certificate): Certificate {
  const { method, modelSha256, calibrationItems, heldOutItems, executor, finetuning, outputs, tensorErrors } =
    checkObject(name, certificate);
  if (!/^[0-9a-f]{64}$/.test(checkText(`${name}.modelSha256`, modelSha256))) {
    throw new RangeError(`${name}.modelSha256: expected 64 hexadecimal digits, got ${quoted(modelSha256)}`);
  }
  return {
    method: checkChoice(`${name}.method`, method, ["calibrated", "data-free"]),
    modelSha256,
    calibrationItems: checkInteger(`${name}.calibrationItems`, calibrationItems),
    heldOutItems: checkInteger(`${name}.heldOutItems`, heldOutItems),
    executor: checkText(`${name}.executor`, executor),
    ...(finetuning !== undefined && { finetuning: checkFinetuning(`${name}.finetuning`, finetuning) }),
    outputs: mapValues(checkObject(`${name}.outputs`, outputs), (output, key) => {
      const of = `${name}.outputs[${quoted(key)}]`;
      const { relativeError, top1 } = checkObject(of, output);
      return {
        relativeError: checkNumber(`${of}.relativeError`, relativeError, { minimum: 0 }),
        ...(top1 !== undefined && { top1: checkNumber(`${of}.top1`, top1, { minimum: 0, maximum: 1 }) }),
      };
    }),
    tensorErrors: mapValues(checkObject(`${name}.tensorErrors`, tensorErrors), (error, key) =>
      checkNumber(`${name}.tensorErrors[${quoted(key)}]`, error, { minimum: 0 }),
    ),
  };
}

function checkFinetuning(name: string, finetuning: NonNullable<Certificate["finetuning"]>) {
  const { steps, errorBefore } = checkObject(name, finetuning);
  return {
    steps: checkInteger(`${name}.steps`, steps, { minimum: 1 }),
    errorBefore: checkNumber(`${name}.errorBefore`, errorBefore, { minimum: 0 }),
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** The least number of so many digits that is not below, but for what floats cannot tell. */
function roundedUp(value: number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(value)) - DIGITS + 1);
  return Number((Math.ceil(value / step) * step).toPrecision(DIGITS));
}
