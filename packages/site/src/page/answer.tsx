import type { DigitNetworks, Reading, Times } from "../digit-networks";

interface AnswerProps {
  readonly networks: DigitNetworks;
  readonly stored: Reading;
  readonly dense: Reading;
  /** Milliseconds of a run of each, once they are measured. */
  readonly times?: Times | undefined;
}

/** Which digit it is, how sure the network is of each, and what both networks took. */
export function Answer({ networks, stored, dense, times }: AnswerProps) {
  const rows = [
    {
      name: "from the .dcz file, as it is stored",
      bytes: networks.stored.fileBytes,
      reading: stored,
      time: times?.stored,
    },
    { name: "the same network, dense, as ONNX", bytes: networks.dense.fileBytes, reading: dense, time: times?.dense },
  ];
  const smaller = networks.dense.fileBytes / networks.stored.fileBytes;
  return (
    <>
      <ol class="digits" start={0} aria-label="How sure the network is of each digit">
        {stored.probabilities.map((probability, digit) => (
          <li key={digit} class={digit === stored.digit ? "most" : undefined}>
            <span>{digit}</span> <meter value={probability} max={1} aria-label={`${digit}`} />{" "}
            <span>{(100 * probability).toFixed(1)} %</span>
          </li>
        ))}
      </ol>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Both networks">
        <table>
          <caption class="hidden">Bytes and time of both networks</caption>
          <thead>
            <tr>
              <th scope="col">Network</th>
              <th scope="col" class="number">
                Says
              </th>
              <th scope="col" class="number">
                Bytes
              </th>
              <th scope="col" class="number">
                Milliseconds
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, bytes, reading, time }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{reading.digit}</td>
                <td class="number">{bytes.toLocaleString("en-US")}</td>
                <td class="number">{time === undefined ? "…" : time.toPrecision(2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p>
        {smaller.toFixed(0)} times smaller
        {times ? ` and, here, ${(times.dense / times.stored).toFixed(1)} times as fast` : ""}. Milliseconds are those of
        one run in this browser, one thread, the median of several; both run in the same program.
      </p>
    </>
  );
}
