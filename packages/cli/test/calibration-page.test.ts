import { expect, test } from "vitest";
import { type CalibrationPage, calibrationPage, histogramOf } from "../src/calibration-page";

const layer = {
  tensor: "conv<1>.weight",
  op: "Conv",
  elements: 4,
  bytes: 3,
  error: 0.125,
  method: "compensated",
  histogram: histogramOf(Float32Array.of(-1, 0, 0, 1), 2),
  centroids: [{ value: 0, count: 3 }],
};

const page: CalibrationPage = {
  model: "a&b.onnx",
  modelBytes: 1_234_567,
  chosen: { bytes: 100_000, outputError: 0.01 },
  curve: [
    { bytes: 100_000, outputError: 0.01 },
    { bytes: 80_000, outputError: 0.02 },
  ],
  others: { "int8 a channel": { bytes: 400_000, outputError: 0.02 } },
  layers: [layer],
  notes: ["errors are of <256> items"],
};

test("a report is one page without scripts, whose drawings are inside", async () => {
  const html = await calibrationPage(page);
  expect(html).toContain("<h1>a&#38;b.onnx: 1,234,567 bytes to 100,000, 12.3x smaller</h1>");
  expect(html).toContain("<p>errors are of &#60;256&#62; items</p>");
  expect(html).toContain(
    '<tr><td>conv&#60;1&#62;.weight</td><td>Conv</td><td class="number">4</td><td class="number">3</td><td class="number">6.00</td><td class="number">12.5 %</td><td>compensated</td></tr>',
  );
  expect(html.match(/<svg /g)).toHaveLength(3);
  for (const name of ["int8 a channel", "this file", "shared values"]) expect(html).toContain(`>${name}</text>`);
  expect(html).not.toMatch(/<script|conv<1>|src=|href="http/);
});

test("of many weights the histograms of the largest are drawn", async () => {
  const layers = Array.from({ length: 30 }, (_, i) => ({ ...layer, tensor: `w${i}`, elements: 100 + i }));
  const html = await calibrationPage({ ...page, layers });
  expect(html).toContain("<p>The 24 largest of 30 weights.</p>");
  expect(html.match(/<svg /g)).toHaveLength(2 + 24);
});

test("a histogram counts every number once", () => {
  expect(histogramOf(Float32Array.of(-1, -0.5, 0, 0.5, 1), 4)).toEqual({ from: -1, to: 1, counts: [1, 1, 1, 2] });
  expect(histogramOf(Float32Array.of(3, 3), 2)).toEqual({ from: 3, to: 3, counts: [2, 0] });
  expect(histogramOf(new Float32Array(0), 2)).toEqual({ from: 0, to: 0, counts: [0, 0] });
});
