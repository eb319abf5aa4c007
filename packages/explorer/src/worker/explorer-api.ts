import { type LedgerRow, type OpenedFile, open } from "@deep-compression/pipeline";
import { blobSource } from "../blob-source";
import { type FileOutline, outlineOf } from "../file-outline";
import { drawGraph, type GraphDrawing, nodesOfPart } from "../graph-layout";
import type { GraphNode } from "../graph-list";
import { problemText } from "../problem-text";
import { type TensorDifference, type TensorView, tensorDifference, tensorView } from "../tensor-view";

/** Which of the two files that can be open. */
export type Slot = 0 | 1;

/** What the worker does for the page. Every error is one with a message for whoever looks at the page. */
export interface ExplorerApi {
  open(slot: Slot, name: string, blob: Blob): Promise<OpenedOutline>;
  /** The next rows of the ledger, as many as some 50 ms decode; `isDone` with the last. None once another file is in the slot. */
  nextRows(slot: Slot, ticket: number): Promise<{ readonly rows: readonly LedgerRow[]; readonly isDone: boolean }>;
  view(slot: Slot, tensor: string): Promise<TensorView>;
  /** How far the tensor of the second file is from that of the first. */
  difference(tensor: string): Promise<TensorDifference>;
  drawing(slot: Slot, part: number): Promise<GraphDrawing>;
}

/** The outline of a file, and what tells it from others that are opened in its slot. */
export interface OpenedOutline extends FileOutline {
  readonly ticket: number;
}

interface OpenSlot {
  readonly ticket: number;
  readonly file: OpenedFile;
  readonly rows: AsyncGenerator<LedgerRow, void, void>;
  readonly nodes: readonly GraphNode[];
}

/** Milliseconds after which rows are handed over, so that other requests are answered in between. */
const BATCH_MS = 50;

/** An explorer without a file. */
export function explorerApi(): ExplorerApi {
  const slots: (OpenSlot | undefined)[] = [];
  let tickets = 0;
  const slotOf = (slot: Slot): OpenSlot => {
    const found = slots[slot];
    if (found === undefined) throw new Error("no file is open");
    return found;
  };
  const api: ExplorerApi = {
    async open(slot, name, blob) {
      const file = await open(await blobSource(blob));
      const outline = outlineOf(name, file);
      const ticket = ++tickets;
      slots[slot] = { ticket, file, rows: file.ledgerRows(), nodes: outline.graph?.nodes ?? [] };
      return { ...outline, ticket };
    },
    async nextRows(slot, ticket) {
      const { rows, ticket: latest } = slotOf(slot);
      if (ticket !== latest) return { rows: [], isDone: true };
      const batch: LedgerRow[] = [];
      for (const end = performance.now() + BATCH_MS; performance.now() < end; ) {
        const { value, done } = await rows.next();
        if (done || value === undefined) return { rows: batch, isDone: true };
        batch.push(value);
      }
      return { rows: batch, isDone: false };
    },
    view: async (slot, tensor) => tensorView(await slotOf(slot).file.tensor(tensor)),
    difference: async (tensor) =>
      tensorDifference(await slotOf(0).file.tensor(tensor), await slotOf(1).file.tensor(tensor)),
    drawing: async (slot, part) => drawGraph(nodesOfPart(slotOf(slot).nodes, part)),
  };
  return explainingErrors(api);
}

/** The same functions, whose errors are in words. */
function explainingErrors(api: ExplorerApi): ExplorerApi {
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      throw new Error(problemText(cause), { cause });
    }
  };
  return {
    open: (...args) => explained(api.open(...args)),
    nextRows: (...args) => explained(api.nextRows(...args)),
    view: (...args) => explained(api.view(...args)),
    difference: (...args) => explained(api.difference(...args)),
    drawing: (...args) => explained(api.drawing(...args)),
  };
}
