import { FormatError } from "@deep-compression/bits";
import { floatTensor } from "@deep-compression/network";
import { type Certificate, certificateMetadata, compress, open, readCertificate } from "@deep-compression/pipeline";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const error = fc.double({ min: 1e-12, max: 10, noNaN: true });
const name = fc.string({ minLength: 1, maxLength: 8 });
const certificates: fc.Arbitrary<Certificate> = fc.record({
  method: fc.constantFrom("calibrated" as const, "data-free" as const),
  modelSha256: fc.stringMatching(/^[0-9a-f]{64}$/),
  calibrationItems: fc.nat(),
  heldOutItems: fc.nat(),
  executor: fc.string(),
  outputs: fc.dictionary(
    name,
    fc.oneof(
      fc.record({ relativeError: error }),
      fc.record({ relativeError: error, top1: fc.double({ min: 0, max: 1, noNaN: true }) }),
    ),
  ),
  tensorErrors: fc.dictionary(name, error),
});

const example: Certificate = {
  method: "calibrated",
  modelSha256: "0123456789abcdef".repeat(4),
  calibrationItems: 1024,
  heldOutItems: 256,
  executor: "onnxruntime-node 1.22.0",
  outputs: { scores: { relativeError: 0.01234567, top1: 0.98765 } },
  tensorErrors: { "fc.weight": 0.1 },
};

test("what training did comes back too, and is checked", () => {
  const trained = { ...example, finetuning: { steps: 300, errorBefore: 0.0961234 } };
  const read = readCertificate(certificateMetadata(trained))!;
  expect(read.finetuning).toEqual({ steps: 300, errorBefore: 0.0962 });
  expect(readCertificate(certificateMetadata(example))).not.toHaveProperty("finetuning");
  for (const finetuning of [
    { steps: 0, errorBefore: 0.1 },
    { steps: 1.5, errorBefore: 0.1 },
    { steps: 1, errorBefore: -1 },
  ])
    expect(() => certificateMetadata({ ...example, finetuning })).toThrow(/certificate\.finetuning\./);
});

test("a certificate comes back from the metadata, its errors of three digits and none too small", () => {
  fc.assert(
    fc.property(certificates, (certificate) => {
      const read = readCertificate(certificateMetadata(certificate))!;
      const { outputs, tensorErrors, ...rest } = certificate;
      expect(read).toMatchObject(rest);
      const pairs = [
        ...Object.keys(outputs).map((key) => [outputs[key]!.relativeError, read.outputs[key]!.relativeError]),
        ...Object.keys(tensorErrors).map((key) => [tensorErrors[key]!, read.tensorErrors[key]!]),
      ] as const;
      for (const [before, after] of pairs) {
        expect(after).toBeGreaterThanOrEqual(before! * (1 - 1e-12));
        expect(after).toBeLessThanOrEqual(before! * 1.011);
      }
      for (const [key, { top1 }] of Object.entries(outputs)) {
        const told = read.outputs[key]!.top1;
        expect(told === undefined).toBe(top1 === undefined);
        if (told !== undefined) expect(told).toBeLessThanOrEqual(top1! + 1e-9);
      }
    }),
    { numRuns },
  );
});

test("it stands in the file", async () => {
  const tensors = [floatTensor("w", [2, 2], Float32Array.of(1, 2, 3, 4))];
  const { bytes } = compress(
    { graph: undefined, tensors },
    { default: {}, metadata: { ...certificateMetadata(example), author: "someone" } },
  );
  const { metadata } = await open({ byteLength: bytes.length, slice: (start, end) => bytes.slice(start, end) });
  expect(readCertificate(metadata)).toEqual({
    ...example,
    outputs: { scores: { relativeError: 0.0124, top1: 0.9876 } },
  });
  expect(readCertificate({ author: "someone" })).toBeUndefined();
});

test("what is none is refused", () => {
  const codeOf = (value: unknown) => {
    try {
      readCertificate({ certificate: typeof value === "string" ? value : JSON.stringify(value) });
    } catch (thrown) {
      if (thrown instanceof FormatError) return thrown.code;
      throw thrown;
    }
    return "read";
  };
  const whole = { version: 1, ...example };
  expect(codeOf(whole)).toBe("read");
  expect(codeOf({ ...whole, version: 2 })).toBe("unsupported-version");
  expect(codeOf("{")).toBe("out-of-range");
  expect(codeOf("null")).toBe("out-of-range");
  for (const change of [
    { modelSha256: "0" },
    { method: "guessed" },
    { heldOutItems: -1 },
    { executor: 1 },
    { outputs: { y: { relativeError: -1 } } },
    { outputs: { y: { relativeError: 0, top1: 2 } } },
    { outputs: null },
    { tensorErrors: { w: null } },
  ]) {
    expect(codeOf({ ...whole, ...change })).toBe("out-of-range");
  }
  expect(() => certificateMetadata({ ...example, modelSha256: "x" })).toThrow(
    'certificate.modelSha256: expected 64 hexadecimal digits, got "x"',
  );
});
