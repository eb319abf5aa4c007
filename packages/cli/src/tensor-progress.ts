import { grouped } from "./number-text";
import { printable, type Terminal } from "./terminal";

/** Shows how far a work that goes from tensor to tensor has got. `stop` leaves nothing of it on the screen. */
export interface TensorProgress {
  readonly show: (tensor: string) => void;
  readonly stop: () => void;
}

const CLEAR_LINE = "\r\u001b[K";

/** One line on a screen, drawn over; nothing in a pipe, a log, or without a terminal. A work that goes over the tensors again says so. */
export function tensorProgress(
  terminal: Terminal | undefined,
  work: { readonly doing: string; readonly tensors: number },
): TensorProgress {
  if (!terminal?.isScreen) return { show: () => {}, stop: () => {} };
  let shown = 0;
  return {
    show(tensor) {
      const round = Math.floor(shown / work.tensors);
      const place = `${grouped((shown % work.tensors) + 1)}/${grouped(work.tensors)}`;
      shown++;
      terminal.out(
        `${CLEAR_LINE}${work.doing} ${place} ${printable(tensor)}${round > 0 ? `, round ${round + 1}` : ""}`,
      );
    },
    stop: () => terminal.out(shown > 0 ? CLEAR_LINE : ""),
  };
}
