import { bytesSource } from "@deep-compression/bits";
import { floatTensor } from "@deep-compression/network";
import { compress, open, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

const count = Number(process.argv[2] ?? 300);
const only = process.argv[3];
const random = seededRandom(5);
const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const tensors = Array.from({ length: count }, (_, i) =>
  floatTensor(
    `layer${i}.weight`,
    [16, 16],
    Float32Array.from({ length: 256 }, () => 0.05 * gauss()),
  ),
);
const plans: Record<string, Plan> = {
  exact: { default: {} },
  maxError: { default: { maxError: 1e-4 } },
  maxError2: { default: { maxError: 1e-2 } },
  clusters: { default: { share: { size: 31, method: "optimal" } } },
  lloyd: { default: { share: { size: 31, method: "lloyd" } } },
  pruned: { default: { sparsity: 0.8, share: { size: 15, method: "optimal" } } },
  prunedError: { default: { sparsity: 0.8, maxError: 0.1 } },
};
for (const [name, plan] of Object.entries(plans)) {
  if (only && name !== only) continue;
  let start = performance.now();
  const { bytes } = compress({ graph: undefined, tensors }, plan);
  const t = performance.now() - start;
  start = performance.now();
  const file = await open(bytesSource(bytes));
  const t1 = performance.now() - start;
  const ledger = await file.ledger();
  const t2 = performance.now() - start;
  for await (const x of file.tensors());
  const t3 = performance.now() - start;
  console.log(
    name.padEnd(12),
    bytes.length,
    `${(t / count).toFixed(3)} ms/tensor; open ${(t1 / count).toFixed(3)} ledger ${((t2 - t1) / count).toFixed(3)} decode ${((t3 - t2) / count).toFixed(3)}`,
  );
}
