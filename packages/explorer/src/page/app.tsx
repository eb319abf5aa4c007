import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ExplorerApi } from "../worker/explorer-api";
import { BytesChart } from "./bytes-chart";
import { ComparisonView } from "./comparison-view";
import { ErrorChart } from "./error-chart";
import { FileButton, useDrop } from "./file-choice";
import { FileSummary } from "./file-summary";
import { GraphView } from "./graph-view";
import { namedFile } from "./named-files";
import { DifferenceLine } from "./tensor-difference";
import { TensorPanel } from "./tensor-panel";
import { TensorsTable } from "./tensors-table";
import { type Files, type LoadedFile, useFiles } from "./use-files";

/** The whole page. */
export function App({ explorer }: { readonly explorer: ExplorerApi }) {
  const files = useFiles(explorer);
  const { open } = files;
  const onFiles = useCallback(
    ([first, second]: readonly File[]) => {
      if (first) open(0, first.name, first);
      if (second) open(1, second.name, second);
    },
    [open],
  );
  const isOver = useDrop(onFiles);
  useEffect(() => {
    for (const [slot, parameter] of [[0, "file"] as const, [1, "other"] as const]) {
      const named = namedFile(location.href, parameter);
      if (named) open(slot, named.name, named.bytes);
    }
  }, [open]);
  const { first, second, waiting, problem } = files;
  useEffect(() => {
    document.title = first ? `${first.outline.name} – deep-compression explorer` : "deep-compression explorer";
  }, [first]);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header>
        <h1>deep-compression explorer</h1>
        <div class="actions">
          <FileButton label={first ? "Open another file" : "Open a .dcz file"} onFiles={onFiles} />
          {first && <FileButton label="Compare with a file" onFiles={([file]) => file && open(1, file.name, file)} />}
          {second && (
            <button type="button" onClick={files.close}>
              Close the second file
            </button>
          )}
        </div>
      </header>
      <p role="status" class="status">
        {waiting ?? ""}
      </p>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <main id="content" tabIndex={-1} class={isOver ? "over" : undefined}>
        {first ? <OpenFiles explorer={explorer} files={files} first={first} /> : <Welcome />}
      </main>
    </>
  );
}

function Welcome() {
  return (
    <section class="welcome">
      <p>
        <strong>Drop a .dcz file here</strong>, or choose one with the button above. Two files at once are shown side by
        side.
      </p>
      <p>The file is read in this page and goes nowhere: nothing is uploaded.</p>
      <p>
        You will see where its bytes went, the weights of each tensor and the values that they share, where the zeros
        are, how large the errors are if the file tells, and the graph.
      </p>
    </section>
  );
}

interface OpenFilesProps {
  readonly explorer: ExplorerApi;
  readonly files: Files;
  readonly first: LoadedFile;
}

function OpenFiles({ explorer, files, first }: OpenFilesProps) {
  const { second } = files;
  const [selected, setSelected] = useState<string>();
  const heading = useRef<HTMLHeadingElement>(null);
  const select = useCallback((name: string) => {
    setSelected(name);
    heading.current?.focus(); // which also brings it into view
  }, []);
  useEffect(() => setSelected(largestTensor(first)), [first.outline]);
  return (
    <>
      <nav aria-label="Parts of the page">
        {second && <a href="#both">Both files</a>}
        <a href="#bytes">Bytes</a>
        <a href="#tensors">Tensors</a>
        <a href="#tensor">One tensor</a>
        <a href="#errors">Errors</a>
        <a href="#graph">Graph</a>
      </nav>
      <div class="columns">
        <FileSummary file={first} />
        {second && <FileSummary file={second} />}
      </div>
      {second && (
        <section id="both">
          <h2>Both files</h2>
          <ComparisonView first={first} second={second} selected={selected} onSelect={select} />
        </section>
      )}
      <section id="bytes">
        <h2>Where the bytes are</h2>
        <div class="columns">
          <BytesChart file={first} onSelect={select} />
          {second && <BytesChart file={second} onSelect={select} />}
        </div>
      </section>
      <section id="tensors">
        <h2>Tensors</h2>
        <TensorsTable file={first} selected={selected} onSelect={select} />
      </section>
      <section id="tensor">
        <h2 ref={heading} tabIndex={-1}>
          {selected === undefined ? "One tensor" : `Tensor ${selected}`}
        </h2>
        {selected === undefined && <p>Choose a tensor in the table.</p>}
        {selected !== undefined && second && [first, second].every((file) => hasTensor(file, selected)) && (
          <DifferenceLine explorer={explorer} first={first} second={second} name={selected} />
        )}
        {selected !== undefined && (
          <div class="columns">
            <TensorPanel explorer={explorer} slot={0} file={first} name={selected} />
            {second && <TensorPanel explorer={explorer} slot={1} file={second} name={selected} />}
          </div>
        )}
      </section>
      <section id="errors">
        <h2>Size against error</h2>
        <div class="columns">
          <div>
            <ErrorChart file={first} onSelect={select} />
          </div>
          {second && (
            <div>
              <ErrorChart file={second} onSelect={select} />
            </div>
          )}
        </div>
      </section>
      <section id="graph">
        <h2>Graph</h2>
        <GraphView explorer={explorer} slot={0} outline={first.outline} selected={selected} onSelect={select} />
      </section>
    </>
  );
}

function hasTensor({ rows }: LoadedFile, name: string): boolean {
  return rows.some(({ tensor }) => tensor === name);
}

/** What is shown first: the tensor that takes the most bytes. */
function largestTensor({ rows }: LoadedFile): string | undefined {
  return rows.reduce<LoadedFile["rows"][number] | undefined>(
    (most, row) => (most === undefined || row.bytes > most.bytes ? row : most),
    undefined,
  )?.tensor;
}
