import type { LedgerRow } from "@deep-compression/pipeline";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { FileOutline } from "../file-outline";
import type { TableRow } from "../ledger-columns";
import type { ExplorerApi, OpenedOutline, Slot } from "../worker/explorer-api";

/** A file that is open in the page. */
export interface LoadedFile {
  readonly outline: FileOutline;
  /** One row a tensor; with its ledger as far as tensors are decoded. */
  readonly rows: readonly TableRow[];
  readonly decoded: number;
  readonly isDone: boolean;
  /** What went wrong while tensors were decoded. */
  readonly problem?: string;
}

/** The two files of the page, and what opens them. */
export interface Files {
  readonly first?: LoadedFile;
  readonly second?: LoadedFile;
  /** What the page waits for. */
  readonly waiting?: string;
  /** Why the latest file could not be opened. */
  readonly problem?: string;
  open(slot: Slot, name: string, bytes: Blob | Promise<Blob>): Promise<void>;
  close(): void;
}

/** Milliseconds between two looks at a ledger that is being made: with each, the page is drawn anew. */
const SHOWN_MS = 300;

/** Opens files in the worker and follows their ledgers, batch by batch. */
export function useFiles(explorer: ExplorerApi): Files {
  const [files, setFiles] = useState<readonly (LoadedFile | undefined)[]>([]);
  const [waiting, setWaiting] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const turns = useRef([0, 0]); // how often a file was opened in each slot

  const open = useCallback(
    async (slot: Slot, name: string, bytes: Blob | Promise<Blob>) => {
      const turn = ++turns.current[slot]!;
      const isLatest = () => turns.current[slot] === turn;
      setWaiting(`Opening ${name} …`);
      setProblem(undefined);
      try {
        const outline = await explorer.open(slot, name, await bytes);
        if (!isLatest()) return;
        setFiles((files) => withFile(files, slot, loadedFile(outline)));
        follow(explorer, slot, outline, (change) => setFiles((files) => changedFile(files, slot, outline, change)));
      } catch (error) {
        if (isLatest()) setProblem(`${name} cannot be opened. ${messageOf(error)}`);
      } finally {
        if (isLatest()) setWaiting(undefined);
      }
    },
    [explorer],
  );
  const close = useCallback(() => {
    turns.current[1]!++;
    setFiles(([first]) => [first]);
  }, []);
  const [first, second] = files;
  return useMemo(
    () => ({
      ...(first && { first }),
      ...(second && { second }),
      ...(waiting !== undefined && { waiting }),
      ...(problem !== undefined && { problem }),
      open,
      close,
    }),
    [first, second, waiting, problem, open, close],
  );
}

type Change = (file: LoadedFile) => LoadedFile;

/** Tells what the rows of a ledger change of a file, several batches at a time, until the last or until another file is in its slot. */
async function follow(
  explorer: ExplorerApi,
  slot: Slot,
  { ticket }: OpenedOutline,
  tell: (change: Change) => void,
): Promise<void> {
  try {
    let [fresh, shown]: [LedgerRow[], number] = [[], performance.now()];
    for (let isDone = false; !isDone; ) {
      const batch = await explorer.nextRows(slot, ticket);
      isDone = batch.isDone;
      fresh.push(...batch.rows);
      if (!isDone && performance.now() - shown < SHOWN_MS) continue;
      const rows = fresh;
      tell((file) => withRows(file, rows, isDone));
      [fresh, shown] = [[], performance.now()];
    }
  } catch (error) {
    tell((file) => ({ ...file, isDone: true, problem: messageOf(error) }));
  }
}

/** The files, one of them changed if it is still that of the outline. */
function changedFile(
  files: readonly (LoadedFile | undefined)[],
  slot: Slot,
  outline: FileOutline,
  change: Change,
): readonly (LoadedFile | undefined)[] {
  const file = files[slot];
  return file?.outline === outline ? withFile(files, slot, change(file)) : files;
}

function withFile(files: readonly (LoadedFile | undefined)[], slot: Slot, file: LoadedFile) {
  return slot === 0 ? [file, files[1]] : [files[0], file];
}

function loadedFile(outline: FileOutline): LoadedFile {
  const errors = outline.certificate?.tensorErrors ?? {};
  const rows = outline.sizes.tensors.map((size): TableRow => {
    const error = Object.hasOwn(errors, size.tensor) ? errors[size.tensor] : undefined;
    return error === undefined ? size : { ...size, error };
  });
  return { outline, rows, decoded: 0, isDone: rows.length === 0 };
}

function withRows(file: LoadedFile, ledger: readonly LedgerRow[], isDone: boolean): LoadedFile {
  const rows = [...file.rows];
  for (const [i, row] of ledger.entries()) {
    const at = file.decoded + i;
    rows[at] = { ...rows[at]!, ledger: row };
  }
  return { ...file, rows, decoded: file.decoded + ledger.length, isDone };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
