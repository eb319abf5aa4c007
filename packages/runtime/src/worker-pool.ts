import { checkInteger } from "./arguments";
import { concurrency, startWorker, type WorkerPort } from "./worker-port";

/** A value for another thread, and the memory of it that changes hands instead of being copied. */
export interface Sent<T> {
  readonly value: T;
  readonly transfer?: ArrayBuffer[];
}

/** Workers that take tasks from one queue. */
export interface WorkerPool<Task, Answer> {
  /**
   * What a worker answers to a task, which is asked for when a worker has room for it. Tasks are begun in the order of the
   * calls, each by the worker that has the fewest.
   *
   * @throws Error if the pool is closed or a worker fails, and what `task` throws
   */
  run(task: () => Sent<Task>): Promise<Answer>;
  /** Starts workers until there are so many, before there is a task for them. */
  start(workers: number): void;
  /** @throws Error if the pool is closed or a worker has failed */
  checkOpen(): void;
  /** Ends the workers. What they were working on is rejected. */
  close(): Promise<void>;
}

/** One to work on, and one that waits, so that the worker never does. */
const TASKS_A_WORKER = 2;

/**
 * What a worker runs before its source: `serve(open)`, where `open` makes, of the pool's setup, the function that answers
 * each task with a {@link Sent} value. Answers come in the order of the tasks.
 */
const SERVE = `
const port = globalThis.postMessage ? globalThis : process.getBuiltinModule("node:worker_threads").parentPort;
function serve(open) {
  let answer;
  function receive(message) {
    if (!answer) return void (answer = open(message));
    const { value, transfer } = answer(message);
    port.postMessage(value, transfer ?? []);
  }
  if (port.on) port.on("message", receive);
  else port.onmessage = ({ data }) => receive(data);
}
`;

/** A worker, and what it has to do. */
interface Started<Task, Answer> {
  readonly port: WorkerPort;
  readonly jobs: Job<Task, Answer>[];
}

interface Job<Task, Answer> {
  readonly task: () => Sent<Task>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Workers, of Node or of a browser, that take tasks from one queue. Each is started when a task comes for which the others have no time, since
 * a page is busy for milliseconds with the start of one. A process of Node ends while they have nothing to do, whether the pool is closed or not.
 *
 * @param source the text of a script that calls `serve(open)` once; `open(setup)` gives a function of a task to a `Sent` answer
 */
export function workerPool<Task, Answer>(
  source: string,
  options: { readonly workers: number; readonly setup?: unknown },
): WorkerPool<Task, Answer> {
  const queue: Job<Task, Answer>[] = [];
  let failure: unknown;
  const workers: Started<Task, Answer>[] = [];

  function startOne(): Started<Task, Answer> {
    const jobs: Job<Task, Answer>[] = [];
    function onMessage(answer: unknown): void {
      jobs.shift()?.resolve(answer as Answer);
      feed();
      if (jobs.length === 0) port.hold("idle");
    }
    const port = startWorker(SERVE + source, { onMessage, onError: fail });
    const worker = { port, jobs };
    workers.push(worker);
    port.post(options.setup, []);
    return worker;
  }
  function fail(error: unknown): void {
    failure = error;
    for (const { port, jobs } of workers) {
      queue.unshift(...jobs.splice(0));
      port.hold("idle");
    }
    for (const { reject } of queue.splice(0)) reject(error);
  }
  /** One that has nothing to do, if need be a new one, or else the one that has the fewest tasks. */
  function leastBusy(): Started<Task, Answer> {
    const [least] = workers.toSorted((a, b) => a.jobs.length - b.jobs.length);
    const isFree = least !== undefined && (least.jobs.length === 0 || workers.length === options.workers);
    return isFree ? least : startOne();
  }
  /** Gives workers what they have room for. One that cannot be started ends the pool. */
  function feed(): void {
    try {
      while (queue.length > 0) {
        const worker = leastBusy();
        if (worker.jobs.length === TASKS_A_WORKER) return;
        give(worker, queue.shift() as Job<Task, Answer>);
      }
    } catch (error) {
      fail(error);
    }
  }
  function give({ port, jobs }: Started<Task, Answer>, job: Job<Task, Answer>): void {
    try {
      const { value, transfer = [] } = job.task();
      port.post(value, transfer);
      jobs.push(job);
      port.hold("busy");
    } catch (error) {
      job.reject(error);
    }
  }
  function checkOpen(): void {
    if (failure !== undefined) throw failure;
  }
  /** What goes wrong with one is told whoever runs a task. */
  function start(count: number): void {
    try {
      while (failure === undefined && workers.length < Math.min(count, options.workers)) startOne();
    } catch (error) {
      fail(error);
    }
  }
  return {
    start,
    checkOpen,
    run: (task) =>
      new Promise((resolve, reject) => {
        checkOpen();
        if (options.workers === 0) throw new RangeError("workers: expected at least one to run a task, got 0");
        queue.push({ task, resolve, reject });
        feed();
      }),
    async close() {
      fail(new Error("the pool is closed"));
      await Promise.all(workers.map(({ port }) => port.close()));
    },
  };
}

/**
 * The number of threads that work side by side: as asked for, by default as many as the machine runs.
 *
 * @throws TypeError, RangeError unless an integer in 1..1024
 */
export function checkThreads(threads = concurrency()): number {
  return checkInteger("threads", threads, { minimum: 1, maximum: 1024 });
}
