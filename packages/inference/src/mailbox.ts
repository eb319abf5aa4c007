import { startWorker, type WorkerPort } from "@deep-compression/runtime";

/**
 * Words of a mailbox: how many pieces nobody has taken yet, or STOP; how many the worker has done; whether a loop has failed; whether
 * the worker sleeps; and from BOUNDS on where in the list each piece begins and the last one ends. Pieces are taken from the last to the first.
 */
const LEFT = 0;
const DONE = 1;
const FAILED = 2;
const ASLEEP = 3;
const BOUNDS = 4;
const STOP = -1;

/** Most pieces at a time. */
const MOST_PIECES = 11;
/** Where the list begins, in bytes, a multiple of 8, and how many numbers it holds. */
const LIST = 4 * (BOUNDS + MOST_PIECES + 1);
const CAPACITY = 65_536;

/** Looks at a mailbox before a thread goes to sleep: some tenths of a millisecond, more than what lies between two layers that are shared. */
const SPINS = 50_000;
/** The same of a thread that was woken: work may be done before it comes, and there is more to come. */
const SPINS_WOKEN = 10 * SPINS;

/**
 * A worker is an instance on the same memory that works off pieces: lists of calls, the number of an export and its arguments each,
 * until told to stop. A piece is taken at the end of a turn of the loop, where an engine also notices that another thread has made the
 * memory larger.
 */
const WORKER = `
const port = globalThis.postMessage ? globalThis : process.getBuiltinModule("node:worker_threads").parentPort;
function serve({ modules, memory, mailbox }) {
  const exports = modules.map((module) => new WebAssembly.Instance(module, { env: { memory } }).exports);
  const calls = Object.values(Object.assign({}, ...exports));
  const words = new Int32Array(mailbox, 0, ${LIST / 4}), list = new Float64Array(mailbox, ${LIST});
  function taken() {
    const left = Atomics.load(words, ${LEFT});
    return left > 0 && Atomics.compareExchange(words, ${LEFT}, left, left - 1) !== left ? 0 : left;
  }
  port.postMessage("ready");
  for (let piece = 0, spins = 0; piece !== ${STOP}; piece = taken()) {
    if (piece === 0) {
      if (++spins <= ${SPINS}) continue;
      Atomics.store(words, ${ASLEEP}, 1);
      Atomics.wait(words, ${LEFT}, 0);
      Atomics.store(words, ${ASLEEP}, 0);
      spins = ${SPINS - SPINS_WOKEN};
      continue;
    }
    try {
      for (let i = words[${BOUNDS - 1} + piece]; i < words[${BOUNDS} + piece]; ) {
        const call = calls[list[i]];
        call(...list.subarray(i + 1, i + 1 + call.length));
        i += 1 + call.length;
      }
    } catch {
      words[${FAILED}] = 1;
    }
    spins = 0;
    Atomics.add(words, ${DONE}, 1);
    Atomics.notify(words, ${DONE});
  }
}
if (port.on) port.on("message", serve);
else port.onmessage = ({ data }) => serve(data);
`;

/** What a worker has to call; the addresses are in `memory`. */
export interface WorkerSetup {
  readonly modules: readonly WebAssembly.Module[];
  readonly memory: WebAssembly.Memory;
}

/** Sends pieces of work to a worker, and takes back what it has not begun. */
export interface Mailbox {
  /** Whether the worker looks for work. One that sleeps takes milliseconds to wake on some machines. */
  readonly isAwake: boolean;
  /** Adds a call of an export to the piece that is being written. */
  call(index: number, args: readonly number[]): void;
  /** Ends the piece that is being written. False: it does not fit, and is dropped. */
  endPiece(): boolean;
  /** Lets the worker begin with the pieces that have been written. */
  send(): void;
  /** The index of a piece that the worker has not begun, and now never will; undefined: there is none. */
  takeBack(): number | undefined;
  /** Returns when the worker is done; what it has not begun is dropped. @throws Error if a loop failed */
  join(): void;
  close(): Promise<void>;
}

/**
 * Starts a worker and waits until it serves: the caller's thread will not come to its events while it works.
 *
 * @throws whatever keeps it from starting
 */
export async function openMailbox(setup: WorkerSetup, onError: (cause: unknown) => void): Promise<Mailbox> {
  const buffer = new SharedArrayBuffer(LIST + 8 * CAPACITY);
  const words = new Int32Array(buffer, 0, LIST / 4);
  const list = new Float64Array(buffer, LIST);
  const port = await servingWorker({ ...setup, mailbox: buffer }, onError);
  const isPatient = mayWait();
  /** Pieces that are written, where the next call goes, and the pieces that are the worker's to do. */
  let [pieces, end, given] = [0, 0, 0];

  function takeBack(): number | undefined {
    for (;;) {
      const left = Atomics.load(words, LEFT);
      if (left <= 0) return undefined;
      if (Atomics.compareExchange(words, LEFT, left, left - 1) !== left) continue;
      given--;
      return left - 1;
    }
  }
  return {
    get isAwake() {
      return Atomics.load(words, ASLEEP) === 0;
    },
    call(index, args) {
      const start = end;
      end += 1 + args.length;
      if (end > CAPACITY) return;
      list[start] = index;
      list.set(args, start + 1);
    },
    endPiece() {
      const fits = end <= CAPACITY && pieces < MOST_PIECES;
      if (fits) words[BOUNDS + ++pieces] = end;
      else end = words[BOUNDS + pieces]!;
      return fits;
    },
    send() {
      if (pieces === 0) return;
      given = pieces;
      [pieces, end] = [0, 0];
      Atomics.store(words, DONE, 0);
      Atomics.store(words, LEFT, given);
      Atomics.notify(words, LEFT);
    },
    takeBack,
    join() {
      [pieces, end] = [0, 0]; // of a piece whose writing failed
      while (takeBack() !== undefined);
      for (let spins = 0; ; spins++) {
        const done = Atomics.load(words, DONE);
        if (done >= given) break;
        if (isPatient && spins > SPINS) Atomics.wait(words, DONE, done);
      }
      given = 0;
      if (Atomics.exchange(words, FAILED, 0) !== 0) throw new Error("threads: a loop failed in a worker");
    },
    async close() {
      Atomics.store(words, LEFT, STOP);
      Atomics.notify(words, LEFT);
      await port.close();
    },
  };
}

function servingWorker(setup: object, onError: (cause: unknown) => void): Promise<WorkerPort> {
  return new Promise((resolve, reject) => {
    const port = startWorker(WORKER, {
      onMessage() {
        port.hold("idle");
        resolve(port);
      },
      onError(cause) {
        reject(cause);
        onError(cause);
      },
    });
    port.hold("busy");
    port.post(setup, []);
  });
}

/** Whether this thread may sleep: that of a page must not. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
