import { gemmScratch, type HeapKernels } from "./heap-kernels";
import type { Mailbox } from "./mailbox";
import type { Job, SharedKernels, Team } from "./team";

/** Multiplications from which it pays to wake other threads: some tens of microseconds. `npm run costs` measures it anew. */
export const LEAST_COST = 2 ** 18;

/** Rows and columns of the tiles that `gemm` computes its outputs by: threads part between them, so that sums stay the same. */
const TILE_ROWS = 4;
const TILE_COLUMNS = 8;

/** A team of the caller's thread and workers, each behind a mailbox. `exports` are in the order that the workers have them in. */
export function threadTeam(exports: HeapKernels, mailboxes: () => readonly Mailbox[]): Team {
  const names = Object.keys(exports) as (keyof SharedKernels)[];
  const recorders = new WeakMap<Mailbox, SharedKernels>();
  const recorderOf = (mailbox: Mailbox) => {
    const known = recorders.get(mailbox) ?? recorder(names, mailbox);
    recorders.set(mailbox, known);
    return known;
  };
  const threadsFor = ({ count, cost }: Job) =>
    cost < LEAST_COST ? 1 : Math.max(1, Math.min(mailboxes().length + 1, count));
  return {
    get threads() {
      return mailboxes().length + 1;
    },
    threadsFor,
    share(job, part) {
      const threads = threadsFor(job);
      const bound = (thread: number) => Math.floor((job.count * thread) / threads);
      const helpers = mailboxes().slice(0, threads - 1);
      try {
        for (const [index, mailbox] of helpers.entries()) {
          part(recorderOf(mailbox), bound(index + 1), bound(index + 2), index + 1);
          mailbox.send();
        }
        part(exports, 0, bound(1), 0);
      } finally {
        for (const mailbox of helpers) mailbox.join();
      }
    },
  };
}

/** Loops that are not run but written into a mailbox. */
function recorder(names: readonly string[], mailbox: Mailbox): SharedKernels {
  const calls = names.map((name, index) => [name, (...args: number[]) => mailbox.call(index, args)] as const);
  return Object.fromEntries(calls) as unknown as SharedKernels;
}

/** The loops of a session on a team: a large product is shared. */
export function teamKernels(exports: HeapKernels, team: Team): HeapKernels {
  return {
    ...exports,
    gemm(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, scratch) {
      const byRows = m > n;
      const [lines, tile] = byRows ? [m, TILE_ROWS] : [n, TILE_COLUMNS];
      team.share({ count: Math.ceil(lines / tile), cost: m * n * k }, (shared, first, end, thread) => {
        const line = first * tile;
        const count = Math.min(lines, end * tile) - line;
        const room = scratch + thread * gemmScratch(m, n);
        if (byRows) {
          const [from, to] = [a + 4 * line * (transposeA ? 1 : lda), c + 4 * line * ldc];
          shared.gemm(count, n, k, from, lda, transposeA, b, ldb, transposeB, to, ldc, accumulate, room);
        } else {
          const [from, to] = [b + 4 * line * (transposeB ? ldb : 1), c + 4 * line];
          shared.gemm(m, count, k, a, lda, transposeA, from, ldb, transposeB, to, ldc, accumulate, room);
        }
      });
    },
  };
}
