// The interpreter of training programs, and the meeting points of the threads that run one each.
import { Op } from "./op";
import { gemm } from "./gemm";
import {
  addChannelBias, addRowBias, channelSums, channelsToRows, col2im, columnSums, dropout, im2col, maxPool, maxPoolGradient,
  multiply, relu, reluGradient, rowsToChannels, trackColumns, trackRows,
} from "./layers";
import { countErrors, gatherBytes, gatherFloats, gatherLabels, softmaxCrossEntropy, storeRows } from "./batch";
import { adam, dropoutSeed, expand, groupSums, sgd } from "./optimizer";

const INSTRUCTION_BYTES: usize = 64;

/** Turns of a barrier's loop before the thread sleeps: some tens of microseconds. */
const SPINS: i32 = 20000;

// Words of the control block (../src/threads.ts).
const GENERATION: usize = 0, DONE: usize = 4, ARRIVED: usize = 8, PHASE: usize = 12, THREADS: usize = 16;
const FIRST_STEP: usize = 20, STEPS: usize = 24, STOP: usize = 28, PROGRAMS: usize = 64;

// @ts-ignore: decorator
@inline function i(p: usize, index: usize): i32 { return load<i32>(p + (index << 2)); }
// @ts-ignore: decorator
@inline function a(p: usize, index: usize): usize { return <usize>load<u32>(p + (index << 2)); }
// @ts-ignore: decorator
@inline function f(p: usize, index: usize): f32 { return load<f32>(p + (index << 2)); }

/** The first address that programs and data may use. */
export function heapBase(): usize { return __heap_base; }

function waitWhile(address: usize, value: i32): void {
  for (let spin = 0; spin < SPINS; spin++) if (atomic.load<i32>(address) != value) return;
  while (atomic.load<i32>(address) == value) atomic.wait<i32>(address, value, -1);
}

function barrier(control: usize): void {
  const threads = load<i32>(control + THREADS);
  if (threads == 1) return;
  const phase = atomic.load<i32>(control + PHASE);
  if (atomic.add<i32>(control + ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(control + ARRIVED, 0);
    atomic.store<i32>(control + PHASE, phase + 1);
    atomic.notify(control + PHASE, -1);
  } else waitWhile(control + PHASE, phase);
}

function execute(p: usize, control: usize, step: i32): void {
  switch (load<i32>(p)) {
    case Op.Barrier: barrier(control); break;
    case Op.Fill: memory.fill(a(p, 1), 0, a(p, 2)); break;
    case Op.GatherBytes: gatherBytes(i(p, 1), i(p, 2), a(p, 3), a(p, 4), i(p, 5), i(p, 6), i(p, 7), f(p, 8), a(p, 9), step); break;
    case Op.GatherFloats: gatherFloats(i(p, 1), i(p, 2), a(p, 3), a(p, 4), i(p, 5), i(p, 6), i(p, 7), a(p, 8), step); break;
    case Op.GatherLabels: gatherLabels(i(p, 1), a(p, 2), a(p, 3), i(p, 4), i(p, 5), i(p, 6), a(p, 7), step); break;
    case Op.Gemm: gemm(i(p, 1), i(p, 2), i(p, 3), a(p, 4), i(p, 5), i(p, 6), a(p, 7), i(p, 8), i(p, 9), a(p, 10), i(p, 11), i(p, 12), a(p, 13)); break;
    case Op.AddRowBias: addRowBias(i(p, 1), i(p, 2), a(p, 3), a(p, 4)); break;
    case Op.AddChannelBias: addChannelBias(i(p, 1), i(p, 2), a(p, 3), a(p, 4)); break;
    case Op.ColumnSums: columnSums(i(p, 1), i(p, 2), a(p, 3), a(p, 4)); break;
    case Op.ChannelSums: channelSums(i(p, 1), i(p, 2), a(p, 3), a(p, 4)); break;
    case Op.Relu: relu(i(p, 1), a(p, 2)); break;
    case Op.ReluGradient: reluGradient(i(p, 1), a(p, 2), a(p, 3)); break;
    case Op.Dropout: dropout(i(p, 1), a(p, 2), a(p, 3), i(p, 4), dropoutSeed(a(p, 7), step), i(p, 5), f(p, 6)); break;
    case Op.Multiply: multiply(i(p, 1), a(p, 2), a(p, 3)); break;
    case Op.Im2col: im2col(i(p, 1), i(p, 2), i(p, 3), i(p, 4), i(p, 5), i(p, 6), a(p, 7), a(p, 8)); break;
    case Op.Col2im: col2im(i(p, 1), i(p, 2), i(p, 3), i(p, 4), i(p, 5), i(p, 6), a(p, 7), a(p, 8)); break;
    case Op.MaxPool: maxPool(i(p, 1), i(p, 2), i(p, 3), a(p, 4), a(p, 5), a(p, 6)); break;
    case Op.MaxPoolGradient: maxPoolGradient(i(p, 1), i(p, 2), a(p, 3), a(p, 4), a(p, 5)); break;
    case Op.ChannelsToRows: channelsToRows(i(p, 1), i(p, 2), i(p, 3), a(p, 4), a(p, 5)); break;
    case Op.RowsToChannels: rowsToChannels(i(p, 1), i(p, 2), i(p, 3), a(p, 4), a(p, 5)); break;
    case Op.SoftmaxCrossEntropy: softmaxCrossEntropy(i(p, 1), i(p, 2), a(p, 3), a(p, 4), a(p, 5), f(p, 6), f(p, 7), a(p, 8), i(p, 9), a(p, 10), a(p, 11)); break;
    case Op.CountErrors: countErrors(i(p, 1), i(p, 2), a(p, 3), a(p, 4), i(p, 5), i(p, 6), i(p, 7), a(p, 8), step); break;
    case Op.StoreRows: storeRows(i(p, 1), i(p, 2), a(p, 3), a(p, 4), i(p, 5), i(p, 6), i(p, 7), step); break;
    case Op.TrackColumns: trackColumns(i(p, 1), i(p, 2), a(p, 3), a(p, 4), f(p, 5)); break;
    case Op.TrackRows: trackRows(i(p, 1), i(p, 2), a(p, 3), a(p, 4), f(p, 5)); break;
    case Op.Sgd: sgd(i(p, 1), a(p, 2), a(p, 3), i(p, 4), i(p, 5), a(p, 6), a(p, 7), a(p, 8), f(p, 9), f(p, 10), f(p, 11), step); break;
    case Op.Adam: adam(i(p, 1), a(p, 2), a(p, 3), i(p, 4), i(p, 5), a(p, 6), a(p, 7), a(p, 8), a(p, 9), f(p, 10), f(p, 11), f(p, 12), f(p, 13), step); break;
    case Op.GroupSums: groupSums(i(p, 1), i(p, 2), a(p, 3), a(p, 4), a(p, 5)); break;
    case Op.Expand: expand(i(p, 1), a(p, 2), a(p, 3), a(p, 4)); break;
    default: unreachable();
  }
}

function runOwn(control: usize, thread: i32): void {
  const program = load<u32>(control + PROGRAMS + (<usize>thread << 3)), length = load<i32>(control + PROGRAMS + (<usize>thread << 3) + 4);
  const first = load<i32>(control + FIRST_STEP), last = first + load<i32>(control + STEPS);
  for (let step = first; step < last; step++) {
    for (let n = 0; n < length; n++) execute(<usize>program + <usize>n * INSTRUCTION_BYTES, control, step);
  }
}

/** Runs every thread's program for the steps named in the control block; thread 0 calls, the others serve. */
export function run(control: usize): void {
  const others = load<i32>(control + THREADS) - 1;
  atomic.store<i32>(control + DONE, 0);
  atomic.add<i32>(control + GENERATION, 1);
  atomic.notify(control + GENERATION, -1);
  runOwn(control, 0);
  for (let done = atomic.load<i32>(control + DONE); done < others; done = atomic.load<i32>(control + DONE)) waitWhile(control + DONE, done);
}

/** The life of a worker: waits for a generation, runs its program, reports, until told to stop. */
export function serve(control: usize, thread: i32): void {
  let seen = 0;
  for (;;) {
    waitWhile(control + GENERATION, seen);
    seen = atomic.load<i32>(control + GENERATION);
    if (atomic.load<i32>(control + STOP)) return;
    runOwn(control, thread);
    atomic.add<i32>(control + DONE, 1);
    atomic.notify(control + DONE, -1);
  }
}
