import type { Graph } from "@deep-compression/network";
import { checkChoice, checkInteger, checkThreads, wasmModule } from "@deep-compression/runtime";
import { Heap } from "./heap";
import type { KernelModule } from "./heap-kernels";
import { HEAP_BASE, kernelsOn } from "./kernel-memory";
import { type Mailbox, openMailbox, type WorkerSetup } from "./mailbox";
import { modulesOf, type PrepareOptions, prepareIn, prepareWith, type Session } from "./session";
import { teamKernels, threadTeam } from "./thread-team";
import type { WeightSource } from "./weight-source";

/** Options of `prepareOnThreads`. */
export interface ThreadOptions extends PrepareOptions {
  /** Threads that work side by side, the caller's among them: 1 to 1024. Default: as many as the machine runs at once. */
  readonly threads?: number;
}

/** A session that spreads its work over threads. */
export interface ThreadSession extends Session {
  /** How many there are. */
  readonly threads: number;
  /** Ends the workers. The session can still run, on the caller's thread alone. */
  close(): Promise<void>;
}

/** 4 GiB of address space; pages are taken as they are needed. */
const MAXIMUM_PAGES = 65_536;

/**
 * As `prepareWith`, for a session whose `run` spreads the work of its large layers over worker threads and returns when all is done. A
 * process of Node ends while they wait, whether the session is closed or not. Results are those of one thread, bit by bit, where weights
 * are laid out the same, which `layers` tells.
 *
 * @throws as `prepareWith`; RangeError for other kernels than WebAssembly; Error where memory cannot be shared or workers not be started
 */
export async function prepareOnThreads(
  network: { readonly graph: Graph | undefined },
  weights: WeightSource,
  options: ThreadOptions,
): Promise<ThreadSession> {
  const { kernels = "wasm", maxBytes = 2 ** 32 } = options;
  const threads = checkThreads(options.threads);
  if (threads === 1)
    return threadSession(
      prepareWith(network, weights, options),
      () => 1,
      async () => {},
    );
  if (checkChoice("kernels", kernels, ["wasm", "plain"]) !== "wasm")
    throw new RangeError(`threads: expected 1 with kernels: "plain", got ${threads}`);
  checkInteger("maxBytes", maxBytes, { minimum: 1, maximum: 2 ** 32 });
  const { modules, memory } = sharedKernels(modulesOf(options));
  const exports = kernelsOn(memory, modules);
  let mailboxes: readonly Mailbox[] = [];
  const close = async () => {
    const ending = mailboxes;
    mailboxes = [];
    await Promise.all(ending.map((mailbox) => mailbox.close()));
  };
  mailboxes = await openMailboxes(threads - 1, { modules, memory }, () => void close());
  try {
    const heap = new Heap(memory, HEAP_BASE, maxBytes);
    const team = threadTeam(exports, () => mailboxes);
    const session = prepareIn({ heap, kernels: teamKernels(exports, team), team }, network, weights, options);
    return threadSession(session, () => mailboxes.length + 1, close);
  } catch (cause) {
    await close();
    throw cause;
  }
}

function threadSession(session: Session, threads: () => number, close: () => Promise<void>): ThreadSession {
  return {
    ...session,
    get heldBytes() {
      return session.heldBytes;
    },
    get threads() {
      return threads();
    },
    close,
  };
}

/** A module imports a memory, its only import, of at least two pages; the same, of memory that threads share, must tell its most pages. */
const OWN_MEMORY = "\x02\x0f\x01\x03env\x06memory\x02\0\x02";
const SHARED_MEMORY = "\x02\x12\x01\x03env\x06memory\x02\x03\x02\x80\x80\x04";

/** The bytes of a module that shares its memory. */
function sharing(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return Uint8Array.from(text.replace(OWN_MEMORY, SHARED_MEMORY), (letter) => letter.charCodeAt(0));
}

/** The loops over memory that threads share. @throws Error where there is none */
function sharedKernels(texts: readonly KernelModule[]): WorkerSetup {
  const memory = sharedMemory();
  if (memory !== undefined) {
    const modules = texts.map((text) => wasmModule(text, sharing));
    if (modules.every((module) => module !== undefined)) return { modules, memory };
  }
  throw new Error(
    "threads: no WebAssembly with SIMD and shared memory here; a page must be cross-origin isolated for it, else ask for 1 thread",
  );
}

/** Undefined where there is none, or not as much address space. A page that is not isolated may have the memory, but shares nothing else. */
function sharedMemory(): WebAssembly.Memory | undefined {
  if (typeof SharedArrayBuffer === "undefined") return undefined;
  try {
    return new WebAssembly.Memory({ initial: 2, maximum: MAXIMUM_PAGES, shared: true });
  } catch {
    return undefined;
  }
}

/** @throws Error if a worker does not start */
async function openMailboxes(count: number, setup: WorkerSetup, onError: () => void): Promise<readonly Mailbox[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => openMailbox(setup, onError)));
  const mailboxes = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = opened.find((result) => result.status === "rejected");
  if (failed === undefined) return mailboxes;
  await Promise.all(mailboxes.map((mailbox) => mailbox.close()));
  throw new Error(
    `threads: a worker did not start (a page's content security policy must allow worker-src blob:), else ask for 1 thread: ${failed.reason}`,
    { cause: failed.reason },
  );
}
