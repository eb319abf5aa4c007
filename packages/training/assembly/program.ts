// The interpreter of training programs: the caller's thread runs its own, the workers serve.
import { execute } from "./dispatch.generated";
import { waitWhile, word } from "./threads";
import { Control, INSTRUCTION_WORDS } from "./words";

/** The first address that programs and data may use. */
export function heapBase(): usize { return __heap_base; }

function runOwn(control: usize, thread: i32): void {
  const program = load<usize>(word(control, Control.Programs + 2 * thread)), length = load<i32>(word(control, Control.Programs + 2 * thread + 1));
  const first = load<i32>(word(control, Control.FirstStep)), last = first + load<i32>(word(control, Control.Steps));
  for (let step = first; step < last; step++) {
    for (let n = 0; n < length; n++) execute(program + <usize>n * (INSTRUCTION_WORDS << 2), control, step);
  }
}

/** Runs every thread's program for the steps named in the control words; thread 0 calls, the others serve. */
export function run(control: usize): void {
  const others = load<i32>(word(control, Control.Threads)) - 1;
  const done = word(control, Control.Done), generation = word(control, Control.Generation);
  atomic.store<i32>(done, 0);
  atomic.add<i32>(generation, 1);
  atomic.notify(generation, -1);
  runOwn(control, 0);
  for (let count = atomic.load<i32>(done); count < others; count = atomic.load<i32>(done)) waitWhile(done, count);
}

/** The life of a worker: waits for a generation, runs its program, reports, until told to stop. */
export function serve(control: usize, thread: i32): void {
  let seen = 0;
  for (;;) {
    waitWhile(word(control, Control.Generation), seen);
    seen = atomic.load<i32>(word(control, Control.Generation));
    if (atomic.load<i32>(word(control, Control.Stop))) return;
    runOwn(control, thread);
    atomic.add<i32>(word(control, Control.Done), 1);
    atomic.notify(word(control, Control.Done), -1);
  }
}
