import { startWorker, type WorkerPort } from "@deep-compression/runtime";

/** Words of a mailbox: how many numbers of its list are to be worked off, or STOP; and whether a loop has failed. */
const LENGTH = 0;
const FAILED = 1;
const STOP = -1;

/** Where the list begins, in bytes, and how many numbers it holds. */
const LIST = 16;
const CAPACITY = 4096;

/** Looks at a mailbox before a thread goes to sleep: some tenths of a millisecond, more than what lies between two layers that are shared. */
const SPINS = 50_000;

/**
 * A worker is an instance on the same memory that works off lists of calls, the number of an export and its arguments each, until told to
 * stop. A loop reads the length at the end of its turn, where an engine also notices that another thread has made the memory larger.
 */
const WORKER = `
const port = globalThis.postMessage ? globalThis : process.getBuiltinModule("node:worker_threads").parentPort;
function serve({ modules, memory, mailbox }) {
  const exports = modules.map((module) => new WebAssembly.Instance(module, { env: { memory } }).exports);
  const calls = Object.values(Object.assign({}, ...exports));
  const words = new Int32Array(mailbox, 0, 2), list = new Float64Array(mailbox, ${LIST});
  port.postMessage("ready");
  for (let length = 0, spins = 0; length !== ${STOP}; length = Atomics.load(words, ${LENGTH})) {
    if (length === 0) {
      if (++spins > ${SPINS}) Atomics.wait(words, ${LENGTH}, 0);
      continue;
    }
    try {
      for (let i = 0; i < length; ) {
        const call = calls[list[i]];
        call(...list.subarray(i + 1, i + 1 + call.length));
        i += 1 + call.length;
      }
    } catch {
      words[${FAILED}] = 1;
    }
    spins = 0;
    Atomics.store(words, ${LENGTH}, 0);
    Atomics.notify(words, ${LENGTH});
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

/** Sends calls to a worker and waits for it. */
export interface Mailbox {
  /** Adds a call of an export. It is sent with others, at the latest by `send`. */
  call(index: number, args: readonly number[]): void;
  send(): void;
  /** Returns when all that was sent is done. @throws Error if a loop failed */
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
  const words = new Int32Array(buffer, 0, 2);
  const list = new Float64Array(buffer, LIST);
  const port = await servingWorker({ ...setup, mailbox: buffer }, onError);
  const isPatient = mayWait();
  let calls: number[] = [];

  function finish(): void {
    for (let spins = 0; ; spins++) {
      const length = Atomics.load(words, LENGTH);
      if (length <= 0) return;
      if (isPatient && spins > SPINS) Atomics.wait(words, LENGTH, length);
    }
  }
  function send(): void {
    if (calls.length === 0) return;
    finish();
    list.set(calls);
    Atomics.store(words, LENGTH, calls.length);
    Atomics.notify(words, LENGTH);
    calls = [];
  }
  return {
    call(index, args) {
      if (calls.length + 1 + args.length > CAPACITY) send();
      calls.push(index, ...args);
    },
    send,
    join() {
      finish();
      if (Atomics.exchange(words, FAILED, 0) !== 0) throw new Error("threads: a loop failed in a worker");
    },
    async close() {
      Atomics.store(words, LENGTH, STOP);
      Atomics.notify(words, LENGTH);
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
