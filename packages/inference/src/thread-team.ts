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
      const helpers = mailboxes().slice(0, threads - 1);
      const bound = (thread: number) => Math.floor((job.count * thread) / threads);
      const own: Range[] = [[0, bound(1)]];
      try {
        const given = helpers.map((mailbox, i) => {
          const isCut = job.cost < LONG_COST * threads && !mailbox.isAwake;
          const pieces = cut([bound(i + 1), bound(i + 2)], isCut ? PIECES_OF_SLEEPERS : 1);
          const fitting = pieces.filter((piece) => {
            part(recorderOf(mailbox), ...piece, i + 1);
            const fits = mailbox.endPiece();
            if (!fits) own.push(piece);
            return fits;
          });
          mailbox.send();
          return fitting;
        });
        for (const piece of own) part(exports, ...piece, 0);
        // A worker that sleeps may not be there before all else is done: what it has not begun need not wait for it.
        for (const [i, mailbox] of helpers.entries()) {
          for (let at = mailbox.takeBack(); at !== undefined; at = mailbox.takeBack())
            part(exports, ...given[i]![at]!, 0);
        }
      } finally {
        for (const mailbox of helpers) mailbox.join();
      }
    },
  };
}

/** Pieces from the first to before the second. */
type Range = readonly [first: number, end: number];

/** Into so many parts the work of a thread that sleeps is cut, so that the caller's can do some of it until it wakes, */
const PIECES_OF_SLEEPERS = 8;
/** unless it wakes long before the caller's has done its own: each part of some jobs begins with work that they all need. Multiplications. */
const LONG_COST = 2 ** 24;

/** A range in about equal parts, none of them empty. */
function cut([first, end]: Range, parts: number): readonly Range[] {
  const bound = (part: number) => first + Math.floor(((end - first) * part) / parts);
  return Array.from({ length: parts }, (_, i) => [bound(i), bound(i + 1)] as const).filter(([from, to]) => from < to);
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
