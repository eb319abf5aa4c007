import { useMemo } from "preact/hooks";
import { grouped, percentText, shortNumber } from "../number-text";
import type { TensorView } from "../tensor-view";
import { Chart } from "./chart";

/** How many weights have which value, and the values that they share. */
export function HistogramChart({ view, isCoded }: { readonly view: TensorView; readonly isCoded: boolean }) {
  const { from, to, counts, zeros, notFinite, distinct } = view.values;
  const total = counts.reduce((sum, count) => sum + count, zeros + notFinite);
  const pointsName = isCoded ? "centroids" : "distinct values";
  const option = useMemo(() => {
    const step = (to - from) / counts.length;
    const points = (distinct ?? []).filter(({ value }) => value !== 0).map(({ value, count }) => [value, count]);
    return {
      legend: { top: 0 },
      grid: { left: 8, right: 16, top: 40, bottom: 28, containLabel: true },
      tooltip: { trigger: "item" },
      xAxis: {
        type: "value",
        scale: true,
        name: "weight",
        nameLocation: "middle",
        nameGap: 26,
        axisLine: { onZero: false },
      },
      yAxis: {
        type: "log",
        min: LEAST,
        name: "weights",
        axisLine: { onZero: false },
        axisLabel: { formatter: (count: number) => (count < 1 ? "0" : grouped(count)) },
      },
      series: [
        {
          name: "weights in an interval",
          type: "line",
          step: "middle",
          symbol: "none",
          areaStyle: { origin: "start", opacity: 0.35 },
          data: counts.map((count, i) => [from + (i + 0.5) * step, Math.max(LEAST, count)]),
          silent: true,
        },
        {
          name: pointsName,
          type: "scatter",
          symbol: "diamond",
          symbolSize: 9,
          data: points,
          tooltip: {
            formatter: ({ value: [at, count] }: { value: number[] }) =>
              `exactly ${shortNumber(at!)}: ${grouped(count!)} weights`,
          },
        },
      ],
    };
  }, [view, pointsName]);
  const shared = distinct ? `, ${grouped(distinct.length)} distinct values` : "";
  const text = `${grouped(total)} weights from ${shortNumber(from)} to ${shortNumber(to)}${shared}; ${percentText(zeros, total)} are zero`;
  return (
    <figure>
      <Chart label={`Histogram of ${view.name}: ${text}.`} option={option} />
      <figcaption>
        {text}, and not drawn; root of the mean square {shortNumber(view.rms)}.
        {notFinite > 0 ? ` ${grouped(notFinite)} are NaN or infinite.` : ""}
        {distinct === undefined ? " There are too many distinct values to mark them." : ""}
      </figcaption>
      {distinct && distinct.length <= MOST_LISTED && (
        <details>
          <summary>The values as a list ({distinct.length})</summary>
          <ul class="values">
            {distinct.map(({ value, count }) => (
              <li key={value}>
                {shortNumber(value)}: {grouped(count)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </figure>
  );
}

const MOST_LISTED = 256;

/** Where an axis with a logarithmic scale has its 0. */
const LEAST = 0.5;
