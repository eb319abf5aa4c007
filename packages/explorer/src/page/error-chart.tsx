import { useMemo } from "preact/hooks";
import { bytesText, grouped, percentText } from "../number-text";
import { Chart } from "./chart";
import type { LoadedFile } from "./use-files";

/** What the file's certificate tells: how far its outputs are off, and the error of each weight beside the bits that it takes. */
export function ErrorChart({
  file,
  onSelect,
}: {
  readonly file: LoadedFile;
  readonly onSelect: (name: string) => void;
}) {
  const { certificate, certificateProblem, name } = file.outline;
  const points = useMemo(
    () =>
      file.rows.flatMap(({ tensor, bytes, weights, error }) =>
        error === undefined || error === 0 || weights === 0
          ? []
          : [{ name: tensor, value: [(8 * bytes) / weights, 100 * error, bytes] as const }],
      ),
    [file.outline],
  );
  const option = useMemo(() => {
    const most = Math.max(1, ...points.map(({ value: [, , bytes] }) => bytes));
    return {
      grid: { left: 8, right: 24, top: 36, bottom: 30, containLabel: true },
      tooltip: {
        formatter: ({ name, value: [bits, error, bytes] }: { name: string; value: readonly number[] }) =>
          `${name}\n${bits!.toFixed(2)} bits a weight, error ${error!.toPrecision(3)} %, ${bytesText(bytes!)}`,
      },
      xAxis: { type: "value", name: "bits a weight", nameLocation: "middle", nameGap: 26 },
      yAxis: { type: "log", name: "error of the weight, %", nameTextStyle: { align: "left" } },
      series: [
        {
          type: "scatter",
          data: points,
          symbolSize: ([, , bytes]: readonly number[]) => 6 + 26 * Math.sqrt(bytes! / most),
          itemStyle: { opacity: 0.7 },
        },
      ],
    };
  }, [points]);
  const onPick = useMemo(() => (names: readonly string[]) => onSelect(names.at(-1)!), [onSelect]);
  if (certificateProblem !== undefined)
    return <p class="problem">The certificate cannot be read: {certificateProblem}</p>;
  if (certificate === undefined) {
    return (
      <p>
        {name} has no certificate, and a file alone does not tell what its weights were before.{" "}
        <code>deep-compression compress --calibrate</code> writes one. To see how far the weights of two files are
        apart, open the second beside this one.
      </p>
    );
  }
  const { outputs, calibrationItems, heldOutItems, executor, method, finetuning } = certificate;
  return (
    <>
      <p>
        {method === "calibrated" ? `Fitted to ${grouped(calibrationItems)} inputs` : "Made from the weights alone"}
        {finetuning ? `, then trained for ${grouped(finetuning.steps)} steps` : ""}; errors measured on{" "}
        {grouped(heldOutItems)} others in {executor}.
      </p>
      <ul>
        {Object.entries(outputs).map(([output, { relativeError, top1 }]) => (
          <li key={output}>
            Output {output}: relative error {percentText(relativeError, 1)}
            {top1 === undefined ? "" : `, the largest score is the same in ${percentText(top1, 1)} of cases`} at{" "}
            {bytesText(file.outline.sizes.fileBytes)}
          </li>
        ))}
      </ul>
      {points.length > 0 && (
        <figure>
          <Chart
            label={`Error of each of ${points.length} weights against the bits that it takes; the table of tensors has the same numbers.`}
            option={option}
            size="tall"
            onPick={onPick}
          />
          <figcaption>
            Each circle is a weight that lost something; its area is its bytes. The error is ||w − w′|| / ||w||.
          </figcaption>
        </figure>
      )}
    </>
  );
}
