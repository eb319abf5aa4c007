import { locatePackage } from "./optional-package";
import { grouped } from "./terminal";

/** A model of some size, and how far its outputs are from those of the original. */
export interface SizeAndError {
  readonly bytes: number;
  readonly outputError: number;
}

/** A weight of the compressed model. */
export interface LayerOnPage {
  readonly tensor: string;
  readonly op: string;
  readonly elements: number;
  readonly bytes: number;
  /** ||w - w'|| / ||w||. */
  readonly error: number;
  /** How its values were found, or why not by calibration. */
  readonly method: string;
  /** How many of its weights are in each of as many equal intervals from the first to the last edge. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] };
  /** Its shared values, and how many weights have each; none if they are too many to be shown. */
  readonly centroids: readonly { readonly value: number; readonly count: number }[];
}

/** What the page tells. */
export interface CalibrationPage {
  readonly model: string;
  readonly modelBytes: number;
  readonly chosen: SizeAndError;
  /** All that was tried. */
  readonly curve: readonly SizeAndError[];
  /** Other ways to make the model smaller, by name. */
  readonly others: Readonly<Record<string, SizeAndError>>;
  readonly layers: readonly LayerOnPage[];
  /** Lines under the title. */
  readonly notes: readonly string[];
}

// What is used of the package echarts, an optional peer: spelled out, so that our types do not need it.
interface Charts {
  init(
    element: null,
    theme: null,
    options: { readonly renderer: "svg"; readonly ssr: true; readonly width: number; readonly height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

const ECHARTS = {
  name: "echarts",
  use: "which draws the report",
  advice: 'run "npm install echarts" in this folder, or beside deep-compression; or leave --report out',
};

const WIDTH = 960;

/** Weights whose histograms are drawn, the largest. */
const MOST_HISTOGRAMS = 24;

/**
 * A page in one file, without scripts: size against error beside other ways, bytes and errors of each layer, and histograms of weights
 * with their shared values.
 *
 * @throws Error that says how to install echarts
 */
export async function calibrationPage(page: CalibrationPage): Promise<string> {
  const module = await import(locatePackage(ECHARTS));
  const charts: Charts = module.default ?? module;
  const drawn = (height: number, option: object) => {
    const chart = charts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
    chart.setOption({ animation: false, textStyle: { fontFamily: "sans-serif" }, ...option });
    const svg = chart.renderToSVGString();
    chart.dispose();
    return svg;
  };
  const largest = [...page.layers].sort((a, b) => b.elements - a.elements).slice(0, MOST_HISTOGRAMS);
  const shown = page.layers.filter((layer) => largest.includes(layer));
  const { chosen, modelBytes } = page;
  const title = `${page.model}: ${grouped(modelBytes)} bytes to ${grouped(chosen.bytes)}, ${(modelBytes / chosen.bytes).toFixed(1)}x smaller`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: ${WIDTH}px; padding: 0 1rem; color: #222; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 14px; }
td, th { padding: 2px 12px 2px 0; text-align: left; }
td.number, th.number { text-align: right; }
</style>
<h1>${escaped(title)}</h1>
${page.notes.map((note) => `<p>${escaped(note)}</p>`).join("\n")}
<h2>Size against error</h2>
${drawn(420, curveChart(page))}
<h2>Bytes of each layer, and what it lost</h2>
${drawn(80 + 22 * page.layers.length, layersChart(page.layers))}
${layersTable(page.layers)}
<h2>Weights and their shared values</h2>
${shown.length < page.layers.length ? `<p>The ${shown.length} largest of ${page.layers.length} weights.</p>` : ""}
${shown.map((layer) => drawn(220, histogramChart(layer))).join("\n")}
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function curveChart({ curve, chosen, others }: CalibrationPage): object {
  const point = ({ bytes, outputError }: SizeAndError) => [bytes / 1000, 100 * outputError];
  const ascending = [...curve].sort((a, b) => a.bytes - b.bytes);
  const single = (name: string, at: SizeAndError, symbol: string) => ({
    name,
    type: "scatter",
    symbol,
    symbolSize: 14,
    z: 3,
    data: [point(at)],
  });
  return {
    legend: { top: 0 },
    grid: { left: 80, right: 40, top: 50, bottom: 60 },
    xAxis: {
      type: "log",
      name: "kB",
      nameLocation: "middle",
      nameGap: 32,
      ...bounds([...curve, ...Object.values(others)], 0),
    },
    yAxis: {
      type: "log",
      name: "error of the outputs, %",
      nameLocation: "middle",
      nameGap: 50,
      ...bounds([...curve, ...Object.values(others)], 1),
    },
    series: [
      { name: "calibrated", type: "line", symbolSize: 7, data: ascending.map(point) },
      single("this file", chosen, "diamond"),
      ...Object.entries(others).map(([name, at]) => single(name, at, "rect")),
    ],
  };

  /** Of an axis with a logarithmic scale, a little beyond what it shows. */
  function bounds(all: readonly SizeAndError[], axis: 0 | 1): object {
    const values = all.map((one) => point(one)[axis]!).filter((value) => value > 0);
    if (values.length === 0) return {};
    const round = (value: number) => Number(value.toPrecision(2));
    return { min: round(Math.min(...values) / 1.3), max: round(Math.max(...values) * 1.3) };
  }
}

function layersChart(layers: readonly LayerOnPage[]): object {
  const names = layers.map(({ tensor }) => tensor);
  return {
    legend: { top: 0 },
    grid: [
      { left: 260, width: 300, top: 40, bottom: 40 },
      { left: 600, width: 320, top: 40, bottom: 40 },
    ],
    xAxis: [
      { type: "value", gridIndex: 0, name: "kB", nameLocation: "middle", nameGap: 24 },
      { type: "value", gridIndex: 1, name: "%", nameLocation: "middle", nameGap: 24 },
    ],
    yAxis: [
      {
        type: "category",
        gridIndex: 0,
        inverse: true,
        data: names,
        axisLabel: { width: 240, overflow: "truncate", interval: 0 },
      },
      { type: "category", gridIndex: 1, inverse: true, data: names, axisLabel: { show: false } },
    ],
    series: [
      { name: "bytes", type: "bar", xAxisIndex: 0, yAxisIndex: 0, data: layers.map(({ bytes }) => bytes / 1000) },
      {
        name: "error of the weight",
        type: "bar",
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: layers.map(({ error }) => 100 * error),
      },
    ],
  };
}

function layersTable(layers: readonly LayerOnPage[]): string {
  const rows = layers.map(({ tensor, op, elements, bytes, error, method }) => {
    const bits = (8 * bytes) / Math.max(1, elements);
    const numbers = [grouped(elements), grouped(bytes), bits.toFixed(2), `${(100 * error).toPrecision(3)} %`];
    const cells = [
      `<td>${escaped(tensor)}</td><td>${escaped(op)}</td>`,
      ...numbers.map((text) => `<td class="number">${text}</td>`),
      `<td>${escaped(method)}</td>`,
    ];
    return `<tr>${cells.join("")}</tr>`;
  });
  const heads = ["elements", "bytes", "bits each", "error"].map((text) => `<th class="number">${text}</th>`);
  return `<table>
<tr><th>weight</th><th>operator</th>${heads.join("")}<th>found</th></tr>
${rows.join("\n")}
</table>`;
}

function histogramChart({ tensor, elements, histogram, centroids }: LayerOnPage): object {
  const { from, to, counts } = histogram;
  const step = (to - from) / counts.length;
  const fraction = (count: number) => (100 * count) / Math.max(1, elements);
  return {
    title: { left: 80, text: tensor, textStyle: { fontSize: 13, width: WIDTH - 300, overflow: "truncate" } },
    legend: { top: 0, right: 20 },
    grid: { left: 80, right: 40, top: 36, bottom: 30 },
    xAxis: { type: "value", min: from, max: to, axisLabel: { showMinLabel: false, showMaxLabel: false } },
    yAxis: {
      type: "log",
      name: "% of weights",
      nameLocation: "middle",
      nameGap: 50,
      min: 0.001,
      max: 100,
      axisLine: { onZero: false },
    },
    series: [
      {
        name: "as it was",
        type: "line",
        step: "middle",
        symbol: "none",
        areaStyle: { origin: "start" },
        data: counts.map((count, i) => [from + (i + 0.5) * step, Math.max(0.001, fraction(count))]),
      },
      {
        name: "shared values",
        type: "scatter",
        symbolSize: 5,
        data: centroids.map(({ value, count }) => [value, Math.max(0.001, fraction(count))]),
      },
    ],
  };
}

/** Numbers counted in equal intervals from the least to the greatest of them. */
export function histogramOf(values: Float32Array, bins: number): LayerOnPage["histogram"] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  const counts = Array.from({ length: bins }, () => 0);
  if (!(from <= to)) return { from: 0, to: 0, counts };
  for (const value of values) {
    const bin = to > from ? Math.min(bins - 1, Math.floor((bins * (value - from)) / (to - from))) : 0;
    counts[bin]!++;
  }
  return { from, to, counts };
}
