import { intAttribute } from "@deep-compression/network";
import { PRODUCT } from "../kernels.generated";
import { withKernels } from "../operation";
import { type Cell, type CellParts, recurrent } from "./recurrent";

/** The sums of both biases of each row. */
function summedBias({ bias }: CellParts): Float32Array {
  const rows = bias.length / 2;
  const sums = bias.slice(0, rows);
  for (let row = 0; row < rows; row++) sums[row]! += bias[rows + row]!;
  return sums;
}

/** RNN: the state is an activation of the products of input and state. */
const rnnCell: Cell = {
  gates: 1,
  activations: ["Tanh"],
  make(parts) {
    const { hidden, activations, clip } = parts;
    const [f] = activations as [(typeof activations)[0]];
    return {
      inputBias: summedBias(parts),
      advance(step) {
        const { batch, active, gates, state } = step;
        step.addToGates("state", 0, hidden);
        for (let item = 0; item < batch; item++)
          if (active[item])
            for (let at = item * hidden; at < (item + 1) * hidden; at++) state[at] = f(clip(gates[at]!));
      },
    };
  },
};

/** GRU: rows of the update gate, the reset gate and the new state. */
const gruCell: Cell = {
  gates: 3,
  activations: ["Sigmoid", "Tanh"],
  make(parts) {
    const { node, hidden, activations, clip, bias } = parts;
    const [f, g] = activations as [(typeof activations)[0], (typeof activations)[0]];
    const resetsProducts = intAttribute(node, "linear_before_reset", 0) !== 0;
    const inputBias = summedBias(parts);
    const ofState = bias.slice(5 * hidden);
    if (resetsProducts) inputBias.set(bias.subarray(2 * hidden, 3 * hidden), 2 * hidden);
    return {
      inputBias,
      advance(step) {
        const { batch, active, gates, state, room } = step;
        const rows = 3 * hidden;
        step.addToGates("state", 0, 2 * hidden);
        if (resetsProducts) step.multiplyIntoRoom(2 * hidden);
        for (let item = 0; item < batch; item++)
          for (let h = 0; h < hidden; h++) {
            const [at, gate] = [item * hidden + h, item * rows + h];
            const reset = f(clip(gates[gate + hidden]!));
            if (!resetsProducts) room[0][at] = reset * state[at]!;
            else gates[gate + 2 * hidden]! += reset * (room[1][at]! + ofState[h]!);
          }
        if (!resetsProducts) step.addToGates("room", 2 * hidden, hidden);
        for (let item = 0; item < batch; item++)
          for (let h = 0; active[item] && h < hidden; h++) {
            const [at, gate] = [item * hidden + h, item * rows + h];
            const update = f(clip(gates[gate]!));
            state[at] = (1 - update) * g(clip(gates[gate + 2 * hidden]!)) + update * state[at]!;
          }
      },
    };
  },
};

/** LSTM: rows of the input gate, the output gate, the forget gate and the new memory. */
const lstmCell: Cell = {
  gates: 4,
  activations: ["Sigmoid", "Tanh", "Tanh"],
  make(parts) {
    const { node, hidden, activations, clip } = parts;
    const [f, g, h] = activations as [(typeof activations)[0], (typeof activations)[0], (typeof activations)[0]];
    const peepholes = parts.peepholes ?? new Float32Array(3 * hidden);
    const couples = intAttribute(node, "input_forget", 0) !== 0;
    return {
      inputBias: summedBias(parts),
      advance(step) {
        const { batch, active, gates, state, memory } = step;
        step.addToGates("state", 0, 4 * hidden);
        for (let item = 0; item < batch; item++)
          for (let unit = 0; active[item] && unit < hidden; unit++) {
            const [at, gate] = [item * hidden + unit, 4 * item * hidden + unit];
            const before = memory[at]!;
            const input = f(clip(gates[gate]! + peepholes[unit]! * before));
            const forget = couples
              ? 1 - input
              : f(clip(gates[gate + 2 * hidden]! + peepholes[2 * hidden + unit]! * before));
            const after = forget * before + input * g(clip(gates[gate + 3 * hidden]!));
            const output = f(clip(gates[gate + hidden]! + peepholes[hidden + unit]! * after));
            memory[at] = after;
            state[at] = output * h(after);
          }
      },
    };
  },
};

export const rnn = /* @__PURE__ */ withKernels([PRODUCT], /* @__PURE__ */ recurrent(rnnCell));
export const gru = /* @__PURE__ */ withKernels([PRODUCT], /* @__PURE__ */ recurrent(gruCell));
export const lstm = /* @__PURE__ */ withKernels([PRODUCT], /* @__PURE__ */ recurrent(lstmCell));
