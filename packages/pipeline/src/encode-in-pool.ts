import { elementCount } from "@deep-compression/bits";
import { elementBytes, type Tensor, type TensorSource } from "@deep-compression/network";
import { type Allowance, contextTimeOfTensor, leftOf } from "./allowance";
import { type CountedTensor, encodedTensor } from "./encode-network";
import type { EncodePool } from "./encode-pool";
import type { TensorPlan } from "./plan";

interface PoolOptions {
  readonly allowance: Allowance;
  readonly pool: EncodePool;
  readonly read: (source: TensorSource) => Promise<Uint8Array>;
}

/**
 * The section of every tensor, as `encodedTensors` makes them one after the other, by several threads: each as if it were the first,
 * the largest first, and once more where those before it have left too little for that.
 *
 * @throws what reading a tensor throws, and what encoding it does
 */
export async function encodedInPool(
  tensors: readonly TensorSource[],
  plans: readonly TensorPlan[],
  options: PoolOptions,
): Promise<CountedTensor[]> {
  const { allowance, pool } = options;
  const counted: CountedTensor[] = [];
  const waiting = largestFirst(tensors);
  pool.start(waiting.length);
  const encodeNext = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const { reads } = tensors[index]!;
      const tensor = await tensorOf(tensors[index]!, options);
      const bytes = reads === "copies" && ({ bytes: "given" } as const);
      const found = await pool.encode({ tensor, plan: plans[index]!, allowance, ...bytes });
      counted[index] = found ?? encodedTensor(await tensorOf(tensors[index]!, options), plans[index]!, allowance);
    }
  };
  const failed = (error: unknown) => {
    waiting.length = 0;
    throw error;
  };
  await Promise.all(Array.from({ length: pool.threads }, () => encodeNext().catch(failed)));
  let left = allowance;
  for (const [index, { used }] of counted.entries()) {
    if (!isWithin(used, { left, allowance })) {
      counted[index] = encodedTensor(await tensorOf(tensors[index]!, options), plans[index]!, left);
    }
    left = leftOf(left, counted[index]!.used);
  }
  return counted;
}

async function tensorOf(source: TensorSource, { read }: PoolOptions): Promise<Tensor> {
  const { name, type, shape } = source;
  return { name, type, shape, bytes: await read(source) };
}

function largestFirst(tensors: readonly TensorSource[]): number[] {
  const sizes = tensors.map(({ type, shape }) => elementBytes(type, elementCount(shape)));
  return [...tensors.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
}

/** Whether a tensor that could have had all would have become the same of what is left: less only takes choices away. */
function isWithin(
  used: Allowance,
  { left, allowance }: { readonly left: Allowance; readonly allowance: Allowance },
): boolean {
  if (used.freeElements > left.freeElements) return false;
  return used.contextTime === 0 || contextTimeOfTensor(left) === contextTimeOfTensor(allowance);
}
