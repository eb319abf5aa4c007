import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkThreads, type Sent, type WorkerPool, workerPool } from "@deep-compression/runtime";
import { build } from "esbuild";
import { afterEach, describe, expect, test } from "vitest";

/** Answers with what the pool's setup, here a number, and the task add up to; a task below 0 ends it with an error. */
const ADDER = `
serve((setup) => (task) => {
  if (task < 0) throw new RangeError("a task below 0");
  return { value: setup + task };
});
`;

/** Takes a buffer and gives it back, a byte changed. */
const BUFFERS = `
serve(() => (buffer) => {
  new Uint8Array(buffer)[0]++;
  return { value: buffer, transfer: [buffer] };
});
`;

const pools: WorkerPool<never, unknown>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function adders(workers: number): WorkerPool<number, number> {
  const pool = workerPool<number, number>(ADDER, { workers, setup: 100 });
  pools.push(pool);
  return pool;
}

function buffers(): WorkerPool<ArrayBuffer, ArrayBuffer> {
  const pool = workerPool<ArrayBuffer, ArrayBuffer>(BUFFERS, { workers: 1 });
  pools.push(pool);
  return pool;
}

describe("a pool", () => {
  test("answers each task, whichever worker has it", async () => {
    const pool = adders(3);
    const tasks = Array.from({ length: 20 }, (_, i) => i);
    expect(await Promise.all(tasks.map((value) => pool.run(() => ({ value }))))).toEqual(tasks.map((i) => 100 + i));
  });

  test("asks for a task when a worker has room for it, two at once, in the order of the calls", async () => {
    const asked: number[] = [];
    const task = (value: number) => (): Sent<number> => {
      asked.push(value);
      return { value };
    };
    for (const workers of [1, 2]) {
      const pool = adders(workers);
      const answers = Promise.all([0, 1, 2, 3, 4, 5].map((value) => pool.run(task(value))));
      expect(asked.splice(0)).toEqual(workers === 1 ? [0, 1] : [0, 1, 2, 3]);
      expect(await answers).toEqual([100, 101, 102, 103, 104, 105]);
      expect(asked.splice(0)).toEqual(workers === 1 ? [2, 3, 4, 5] : [4, 5]);
    }
  });

  test("gives memory to a worker and takes it back, without a copy", async () => {
    const pool = buffers();
    const buffer = new Uint8Array([7, 8]).buffer;
    const answer = pool.run(() => ({ value: buffer, transfer: [buffer] }));
    expect(buffer.byteLength).toBe(0);
    expect(new Uint8Array(await answer)).toEqual(Uint8Array.of(8, 8));
  });

  test("rejects a task that cannot be had or sent, and goes on with the others", async () => {
    const pool = buffers();
    const unmade = pool.run(() => {
      throw new RangeError("no task");
    });
    await expect(unmade).rejects.toThrow("no task");
    await expect(pool.run(() => ({ value: (() => 1) as never }))).rejects.toThrow(/could not be cloned/);
    const buffer = new ArrayBuffer(3);
    expect((await pool.run(() => ({ value: buffer, transfer: [buffer] }))).byteLength).toBe(3);
  });

  test("starts a worker when a task comes for which the others have no time", async () => {
    const idOf = `serve(() => () => ({ value: process.getBuiltinModule("node:worker_threads").threadId }));`;
    const pool = workerPool<undefined, number>(idOf, { workers: 3 });
    const later = workerPool<undefined, number>(idOf, { workers: 1 });
    pools.push(pool, later);
    const run = ({ run }: typeof pool) => run(() => ({ value: undefined }));
    const first = await run(pool);
    expect(await run(pool)).toBe(first);
    expect(await run(later)).toBe(first + 1); // ids go up by one a worker
    const all = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => run(pool)));
    expect([...new Set(all)].sort((a, b) => a - b)).toEqual([first, first + 2, first + 3]);
  });

  test("starts workers before there are tasks, as many as it may have, and tells later what goes wrong with that", async () => {
    const idOf = `serve(() => () => ({ value: process.getBuiltinModule("node:worker_threads").threadId }));`;
    const pool = workerPool<undefined, number>(idOf, { workers: 2 });
    const later = workerPool<undefined, number>(idOf, { workers: 1 });
    const broken = workerPool<number, number>(ADDER, { workers: 1, setup: () => 1 });
    pools.push(pool, later, broken);
    pool.start(9);
    later.start(0);
    broken.start(1);
    const run = ({ run }: typeof pool) => run(() => ({ value: undefined }));
    const [first] = await Promise.all([run(pool), run(pool)]);
    expect(await run(later)).toBe(first + 3); // ids go up by one a worker
    expect(broken.checkOpen).toThrow(/could not be cloned/);
  });

  test("is at its end if a worker cannot be started", async () => {
    const pool = workerPool<number, number>(ADDER, { workers: 1, setup: () => 1 });
    pools.push(pool);
    await expect(pool.run(() => ({ value: 1 }))).rejects.toThrow(/could not be cloned/);
    expect(pool.checkOpen).toThrow(/could not be cloned/);
  });

  test("rejects everything once a worker fails", async () => {
    const pool = adders(1);
    pool.checkOpen();
    expect(await pool.run(() => ({ value: 3 }))).toBe(103);
    const found = await Promise.allSettled([-1, 1, 2].map((value) => pool.run(() => ({ value }))));
    const failed = { status: "rejected", reason: new RangeError("a task below 0") };
    expect(found).toEqual([failed, failed, failed]);
    await expect(pool.run(() => ({ value: 1 }))).rejects.toThrow("a task below 0");
    expect(pool.checkOpen).toThrow("a task below 0");
  });

  test("rejects what it was working on when it is closed, and all that comes after", async () => {
    const pool = adders(1);
    const found = Promise.allSettled([0, 1, 2].map((value) => pool.run(() => ({ value }))));
    await pool.close();
    const closed = { status: "rejected", reason: new Error("the pool is closed") };
    expect(await found).toEqual([closed, closed, closed]);
    await expect(pool.run(() => ({ value: 1 }))).rejects.toThrow("the pool is closed");
    expect(pool.checkOpen).toThrow("the pool is closed");
    await pool.close();
  });

  test("of no workers opens and closes, and runs nothing", async () => {
    const pool = adders(0);
    pool.checkOpen();
    await expect(pool.run(() => ({ value: 1 }))).rejects.toThrow("workers: expected at least one to run a task, got 0");
    await pool.close();
    expect(pool.checkOpen).toThrow("the pool is closed");
  });
});

test("a process of Node waits for tasks, and ends while a pool has none, closed or not", async () => {
  const contents = `
    import { workerPool } from "@deep-compression/runtime";
    const pool = workerPool(${JSON.stringify(ADDER)}, { workers: 2, setup: 5 });
    console.log(await Promise.all([1, 2, 3].map((value) => pool.run(() => ({ value })))));
  `;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    conditions: ["@deep-compression/source"],
  });
  const script = ["--input-type=module", "-e", outputFiles[0].text];
  const { status, stdout } = spawnSync(process.execPath, script, { encoding: "utf8", timeout: 20_000 });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "[ 6, 7, 8 ]\n" });
});

test("the number of threads is as many as the machine runs, or an integer in 1..1024", () => {
  expect(checkThreads()).toBeGreaterThan(0);
  expect(checkThreads(3)).toBe(3);
  for (const threads of [0, 1.5, 1025]) {
    expect(() => checkThreads(threads)).toThrow(
      new RangeError(`threads: expected an integer in 1..1024, got ${threads}`),
    );
  }
});
