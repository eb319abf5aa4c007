import { useEffect, useMemo, useState } from "preact/hooks";
import { type DigitNetworks, digitNetworks, readDigit, type Times, timesOf } from "../digit-networks";
import { mnistImage } from "../mnist-image";
import { SAMPLE_DIGITS } from "../sample-digits";
import type { Stroke } from "../strokes";
import { Answer } from "./answer";
import { BOARD, DrawingBoard } from "./drawing-board";
import { SeenImage } from "./seen-image";

/** The file that the page loads: all that it knows of digits. */
const FILE = "lenet-300-100.dcz";

/** Draw a digit, and a network says which. */
export function App() {
  const [networks, setNetworks] = useState<DigitNetworks>();
  const [problem, setProblem] = useState<string>();
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  useEffect(() => {
    loadNetworks().then(setNetworks, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, []);
  const image = useMemo(() => mnistImage(strokes), [strokes]);
  const readings = useMemo(
    () => networks && image && { stored: readDigit(networks.stored, image), dense: readDigit(networks.dense, image) },
    [networks, image],
  );
  const times = useTimes(networks, image);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header>
        <h1>Draw a digit</h1>
        <nav aria-label="Other pages">
          <a href="../">All pages</a> <a href={`../explorer/?file=../digits/${FILE}`}>See inside this network</a>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        <p>
          A network in a file of {networks ? networks.stored.fileBytes.toLocaleString("en-US") : "less than 10,000"}{" "}
          bytes says which. It runs in this page, as it is stored; what you draw goes nowhere.
        </p>
        {problem !== undefined && (
          <p class="problem" role="alert">
            The network cannot be loaded: {problem}
          </p>
        )}
        <div class="digit-columns">
          <div>
            <DrawingBoard strokes={strokes} onStrokes={setStrokes} />
            <div class="actions samples">
              <button type="button" onClick={() => setStrokes([])} disabled={strokes.length === 0}>
                Clear
              </button>
              <fieldset>
                <legend>Or take a sample</legend>
                {SAMPLE_DIGITS.map((sample, digit) => (
                  <button
                    key={digit}
                    type="button"
                    aria-label={`Sample ${digit}`}
                    onClick={() => setStrokes(onBoard(sample))}
                  >
                    {digit}
                  </button>
                ))}
              </fieldset>
            </div>
          </div>
          <div>
            <p class="result" role="status">
              {readings ? (
                <>
                  It is a <strong>{readings.stored.digit}</strong>
                </>
              ) : networks ? (
                "Draw a digit from 0 to 9"
              ) : (
                "Loading …"
              )}
            </p>
            <SeenImage image={image} />
            {networks && readings && <Answer networks={networks} {...readings} times={times} />}
          </div>
        </div>
        <p>
          The network is LeNet-300-100 of <cite>Deep Compression</cite> (Han, Mao, Dally 2015), trained on MNIST, pruned
          and coded by this project: <code>npm run demo</code> makes the file. Of MNIST's 10,000 test digits it gets
          1.50 % wrong, and 1.44 % before it was compressed. It knows single digits, and takes whatever you draw for
          one.
        </p>
      </main>
    </>
  );
}

/** How long a drawing must stay as it is until runs are timed: they would be in the way of the pen. */
const STILL_MS = 250;

/** What runs take, measured once the drawing stays as it is. */
function useTimes(networks: DigitNetworks | undefined, image: Float32Array | undefined): Times | undefined {
  const [times, setTimes] = useState<Times>();
  useEffect(() => {
    if (networks === undefined || image === undefined) return;
    let isWanted = true;
    const timer = setTimeout(async () => {
      const found = await timesOf(networks, image, () => isWanted);
      if (found) setTimes(found);
    }, STILL_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [networks, image]);
  return times;
}

async function loadNetworks(): Promise<DigitNetworks> {
  const response = await fetch(FILE);
  if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`);
  return digitNetworks(new Uint8Array(await response.arrayBuffer()));
}

/** A sample, which is on a sheet of 100 x 100, as large as the board. */
function onBoard(sample: readonly Stroke[]): readonly Stroke[] {
  return sample.map((stroke) => stroke.map(({ x, y }) => ({ x: (x * BOARD) / 100, y: (y * BOARD) / 100 })));
}
