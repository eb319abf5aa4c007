// The meeting points of the threads that run a program each.
import { Control } from "./words";

/** Turns of a barrier's loop before the thread sleeps: some tens of microseconds. */
const SPINS: i32 = 20000;

// @ts-ignore: decorator
@inline export function word(control: usize, index: i32): usize { return control + (<usize>index << 2); }

export function waitWhile(address: usize, value: i32): void {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(address) != value) return;
  while (atomic.load<i32>(address) == value) atomic.wait<i32>(address, value, -1);
}

/** Returns when all threads have called it. */
export function barrier(control: usize): void {
  const threads = load<i32>(word(control, Control.Threads));
  if (threads == 1) return;
  const phase = atomic.load<i32>(word(control, Control.Phase));
  if (atomic.add<i32>(word(control, Control.Arrived), 1) == threads - 1) {
    atomic.store<i32>(word(control, Control.Arrived), 0);
    atomic.store<i32>(word(control, Control.Phase), phase + 1);
    atomic.notify(word(control, Control.Phase), -1);
  } else waitWhile(word(control, Control.Phase), phase);
}
