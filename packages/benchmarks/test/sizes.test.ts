// The size of every kind of input under every kind of plan, in a table that is checked in: whatever makes a file larger or
// smaller shows as a difference.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compress, type Plan } from "@deep-compression/pipeline";
import { expect, test } from "vitest";
import { type SizedInput, sizedInputs } from "./sized-inputs";

const table = fileURLToPath(new URL("../../../test-vectors/sizes.csv", import.meta.url));

const HEAD = "input,plan,bytes,form,gap bits,centroids";

/** Plans by name. Of a target in bytes the table tells how near a file comes. */
const PLANS: Readonly<Record<string, (input: SizedInput) => Plan>> = {
  exact: () => ({ default: {} }),
  "lloyd 5 bits": () => ({ default: { share: { size: 31, method: "lloyd" } } }),
  "optimal 5 bits": () => ({ default: { share: { size: 31, method: "optimal" } } }),
  "optimal 5 bits float16": () => ({ default: { share: { size: 31, method: "optimal" }, centroids: "float16" } }),
  "half, optimal 4 bits": () => ({ default: { sparsity: 0.5, share: { size: 15, method: "optimal" } } }),
  "entropy-constrained": () => ({ default: { share: { method: "entropy-constrained", lambda: 1e-4 } } }),
  "max error 1 %": () => ({ default: { maxError: 0.01 } }),
  "max error 0.1 %, zeros kept": () => ({ default: { maxError: 0.001, zeros: "keep" } }),
  "a fortieth": ({ tensor }) => ({ default: {}, targetBytes: Math.max(100, Math.ceil(tensor.bytes.length / 40)) }),
  "all, max error 1 %": () => ({ default: {}, maxError: 0.01 }),
  "dense 5 bits": () => ({ default: { share: { size: 31, method: "optimal" }, form: "dense" } }),
  "bitmask 5 bits": () => ({ default: { share: { size: 31, method: "optimal" }, form: "bitmask" } }),
  "gaps 5 bits": () => ({ default: { share: { size: 31, method: "optimal" }, form: "gaps" } }),
  "gaps of 4 bits, along rows": () => ({
    default: { share: { size: 31 }, form: "gaps", gapBits: 4, order: "row-major", lineMaps: "never" },
  }),
};

function line(input: SizedInput, plan: string): string {
  try {
    const { bytes, ledger } = compress({ graph: undefined, tensors: [input.tensor] }, PLANS[plan](input));
    const [{ form, gapBits, centroids }] = ledger.rows;
    return [input.name, `"${plan}"`, bytes.length, form, form === "gaps" ? gapBits.before : "-", centroids].join(",");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [input.name, `"${plan}"`, "-", "not to be had", "-", "-"].join(","); // a target that no file reaches
  }
}

// After a change that means to change sizes: npm run sizes
if (process.env.DEEP_COMPRESSION_WRITE_SIZES === "1") {
  const lines = sizedInputs().flatMap((input) => Object.keys(PLANS).map((plan) => line(input, plan)));
  writeFileSync(table, `${[HEAD, ...lines].join("\n")}\n`);
}

const [head, ...expected] = readFileSync(table, "utf8").trimEnd().split("\n");

test.each(sizedInputs().map((input) => [input.name, input] as const))(
  "the sizes of %s are those of test-vectors/sizes.csv",
  (name, input) => {
    expect(head).toBe(HEAD);
    const lines = expected.filter((row) => row.startsWith(`${name},`));
    expect(Object.keys(PLANS).map((plan) => line(input, plan))).toEqual(lines);
  },
);
