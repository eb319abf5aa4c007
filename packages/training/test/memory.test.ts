import {
  createTrainer,
  gradualPruning,
  type LossOptions,
  prune,
  type Samples,
  shareWeights,
  type Trainer,
} from "@deep-compression/training";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { plainArena, withScope } from "../src/arena";
import { plainEngine, wasmEngine } from "../src/engine";
import { trainerOn } from "../src/trainer";
import { randomFrom, smallNetworks, uniform } from "./networks";

const loss: LossOptions = {
  dropout: { "0.weight": 0.1 },
  distill: { logits: uniform(60 * 4, 2, randomFrom(8)) },
  trackInputs: true,
};
const stage = { ...loss, epochs: 2, learningRate: () => 1e-3 };

/** The same samples, in an object that the trainer has not seen. */
function fresh({ inputs, labels }: Samples): Samples {
  return { inputs: inputs.slice(), labels: labels.slice() };
}

/** Two codebooks for each weight, of 3 centroids and of 7: the second replaces the first. */
function shareTwice(trainer: Trainer): void {
  for (const size of [3, 7])
    for (const name of trainer.weightNames) {
      const codes = Uint8Array.from(trainer.weights(name), (_, i) => i % size);
      trainer.share(name, { centroids: Float32Array.from({ length: size }, (_, i) => i / 10 - 0.3), codes });
    }
}

type Call = (trainer: Trainer, samples: Samples) => unknown;

const calls: readonly [string, Call][] = [
  ["gradients", (trainer, samples) => trainer.gradients(samples, loss)],
  ["evaluate, of new samples", (trainer, samples) => trainer.evaluate(fresh(samples))],
  ["logits, of new samples", (trainer, samples) => trainer.logits(fresh(samples))],
  ["train, over new samples", (trainer, samples) => trainer.train(fresh(samples), stage)],
  [
    "train, with pruning, codebooks and evaluations under way",
    (trainer, samples) =>
      trainer.train(samples, {
        ...stage,
        hook: gradualPruning({ sparsity: 0.5, score: "magnitude", every: 4 }),
        onEpoch: () => {
          shareTwice(trainer);
          trainer.evaluate(samples);
        },
      }),
  ],
  [
    "prune and setMask",
    (trainer) => {
      prune(trainer, { sparsity: 0.5, score: "magnitude" });
      for (const name of trainer.weightNames) trainer.setMask(name, trainer.mask(name).fill(1));
    },
  ],
  ["share, with another number of centroids", shareTwice],
  ["restore", (trainer) => trainer.restore(trainer.state())],
  [
    "a call that is refused",
    async (trainer, samples) => {
      expect(() => trainer.gradients(samples, { dropout: { "0.bias": 0.5 } })).toThrow(RangeError);
      const learningRate = (done: number) => (done < 0.5 ? 1e-3 : Number.NaN);
      await expect(trainer.train(samples, { ...stage, learningRate })).rejects.toThrow(RangeError);
    },
  ],
];

const engines = [
  ["WebAssembly on one thread", () => wasmEngine({ threads: 1 })],
  ["WebAssembly on two threads", () => wasmEngine({ threads: 2 })],
  ["plain TypeScript", async () => plainEngine()],
] as const;

describe.each(engines)("in %s", (_, createEngine) => {
  describe.each(smallNetworks())("of $name", ({ network, samples }) => {
    test.each(calls)("repeated calls use no more memory than the first: %s", async (_, call) => {
      const engine = await createEngine();
      const trainer = trainerOn(engine, network, { batch: 10, seed: 1 });
      const seen = [];
      for (let i = 0; i < 12; i++) {
        await call(trainer, samples);
        const { top, used, buffer } = engine.arena;
        seen.push({ top, used, size: buffer.byteLength });
      }
      await trainer.close();
      for (const { used, size } of seen) expect({ used, size }).toEqual({ used: seen[0].used, size: seen[0].size });
      // Codebooks by turns of two sizes leave gaps by turns: the top moves by a gap, and comes back.
      const highest = Math.max(...seen.slice(0, 4).map(({ top }) => top));
      for (const { top } of seen) expect(top).toBeLessThanOrEqual(highest);
    });
  });

  test("a call gives back all that it took", async () => {
    const [{ network, samples }] = smallNetworks();
    const engine = await createEngine();
    const trainer = trainerOn(engine, network, { batch: 10, seed: 1 });
    const { top } = engine.arena;
    trainer.gradients(samples);
    trainer.evaluate(samples);
    trainer.logits(samples);
    await trainer.train(samples, { epochs: 1, learningRate: () => 1e-3 });
    await trainer.close();
    expect(engine.arena.top).toBe(top);
  });
});

describe("WebAssembly's memory", () => {
  afterEach(() => vi.restoreAllMocks());

  test("does not grow with the number of calls", async () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow");
    const [{ network, samples }] = smallNetworks();
    const trainer = await createTrainer(network, { batch: 10, seed: 1 });
    const run = async (times: number) => {
      for (let i = 0; i < times; i++) {
        trainer.gradients(samples, loss);
        trainer.evaluate(fresh(samples));
        await trainer.train(fresh(samples), { ...stage, epochs: 1 });
      }
      return grow.mock.calls.length;
    };
    const once = await run(1);
    expect(await run(40)).toBe(once);
  });
});

test("masks and codebooks that are set while training is under way hold from the next step on", async () => {
  for (const { network, samples } of smallNetworks()) {
    const trainer = await createTrainer(network, { batch: 10, seed: 1 });
    const [first, ...others] = trainer.weightNames;
    const onEpoch = ({ epoch }: { readonly epoch: number }) => {
      if (epoch !== 1) return;
      trainer.setMask(first, trainer.mask(first).fill(0, 5));
      shareWeights(trainer, { sizes: Object.fromEntries(others.map((name) => [name, 3])) });
    };
    await trainer.train(samples, { epochs: 3, learningRate: () => 1e-3, onEpoch });
    expect(trainer.weights(first).findLastIndex((weight) => weight !== 0)).toBe(4);
    for (const name of others) expect(new Set(trainer.weights(name))).toEqual(new Set(trainer.centroids(name)));
  }
});

describe("an arena", () => {
  test("gives zeroed rooms that do not overlap, whatever was taken and given back before, and none in the end", () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 0, max: 300_000 }), fc.nat()), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, (steps) => {
        const arena = plainArena();
        const start = arena.top;
        const rooms: { address: number; length: number; mark: number }[] = [];
        for (const [step, [length, chosen]] of steps.entries()) {
          const address = arena.allocate(length);
          expect(address % 16).toBe(0);
          expect(arena.bytes(address, length).every((byte) => byte === 0)).toBe(true);
          arena.bytes(address, length).fill(step + 1);
          rooms.push({ address, length, mark: step + 1 });
          if (chosen % 2) arena.free(rooms.splice(chosen % rooms.length, 1)[0].address);
        }
        for (const { address, length, mark } of rooms)
          expect(arena.bytes(address, length).every((byte) => byte === mark)).toBe(true);
        for (const { address } of rooms) arena.free(address);
        expect({ top: arena.top, used: arena.used }).toEqual({ top: start, used: 0 });
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  test("takes back what a scope took when its work fails, and refuses to take anything back twice", () => {
    const arena = plainArena();
    const work = () =>
      withScope(arena, (scope) => {
        scope.allocate(100);
        throw new RangeError("refused");
      });
    expect(work).toThrow("refused");
    expect(arena.used).toBe(0);
    const address = arena.allocate(1);
    arena.free(address);
    expect(() => arena.free(address)).toThrow(/^address: expected one that is in use/);
  });
});
