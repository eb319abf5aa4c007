import fc from "fast-check";
import { expect, test } from "vitest";
import type { HeapKernels } from "../src/heap-kernels";
import type { Mailbox } from "../src/mailbox";
import { LEAST_COST, threadTeam } from "../src/thread-team";

/** A worker that does as many pieces as it likes as soon as they are sent, the last first, and none of the others. */
interface Worker {
  readonly isAwake: boolean;
  /** Most pieces that fit into its list. */
  readonly room: number;
  /** Pieces that it begins. */
  readonly begins: number;
}

interface Call {
  readonly index: number;
  readonly args: readonly number[];
}

/** A mailbox that runs `exports` itself; what it has been sent is in `sent`. */
function mailboxOf(worker: Worker, exports: HeapKernels, sent: number[]): Mailbox {
  const loops = Object.values(exports) as ((...args: readonly number[]) => void)[];
  let written: Call[][] = [[]];
  let left: Call[][] = [];
  return {
    isAwake: worker.isAwake,
    call: (index, args) => written.at(-1)!.push({ index, args }),
    endPiece() {
      const fits = written.length <= worker.room;
      if (fits) written.push([]);
      else written[written.length - 1] = [];
      return fits;
    },
    send() {
      left = written.slice(0, -1);
      written = [[]];
      sent.push(left.length);
      for (let begun = 0; begun < worker.begins && left.length > 0; begun++)
        for (const { index, args } of left.pop()!) loops[index]!(...args);
    },
    takeBack: () => (left.pop() === undefined ? undefined : left.length),
    join() {
      left = [];
    },
    close: async () => {},
  };
}

/** Shares `count` pieces among workers; gives how often each was done, and how many pieces each worker was sent. */
function shared(count: number, cost: number, workers: readonly Worker[]) {
  const done = new Array<number>(count).fill(0);
  const sent: number[] = [];
  const exports = {
    addFloats: () => {},
    gemm: (first: number, end: number) => {
      for (let i = first; i < end; i++) done[i]!++;
    },
  } as unknown as HeapKernels;
  const team = threadTeam(exports, () => mailboxes);
  const mailboxes = workers.map((worker) => mailboxOf(worker, exports, sent));
  team.share({ count, cost }, (kernels, first, end) => (kernels.gemm as (...args: number[]) => void)(first, end));
  return { done, sent };
}

const workers = fc.record({ isAwake: fc.boolean(), room: fc.nat(9), begins: fc.nat(9) });

test("every piece is done once, whatever the workers do", () => {
  const cost = fc.constantFrom(0, LEAST_COST, 2 ** 24, 2 ** 30);
  fc.assert(
    fc.property(fc.nat(40), cost, fc.array(workers, { maxLength: 4 }), (count, work, team) => {
      expect(shared(count, work, team).done).toEqual(new Array(count).fill(1));
    }),
  );
});

test("a worker that is awake gets its part in one piece, one that sleeps in several", () => {
  const worker = { isAwake: true, room: 9, begins: 9 };
  expect(shared(40, LEAST_COST, [worker]).sent).toEqual([1]);
  expect(shared(40, LEAST_COST, [{ ...worker, isAwake: false }]).sent).toEqual([8]);
});

test("a long job is not cut: the worker wakes long before it is done", () => {
  expect(shared(40, 2 ** 30, [{ isAwake: false, room: 9, begins: 0 }]).sent).toEqual([1]);
});

test("a small job is done by the caller's thread alone", () => {
  expect(shared(40, LEAST_COST - 1, [{ isAwake: true, room: 9, begins: 9 }]).sent).toEqual([]);
});
