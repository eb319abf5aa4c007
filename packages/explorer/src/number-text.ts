/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return GROUPED.format(count);
}

/** Kept: toLocaleString makes a new one each time, which a table of numbers feels. */
const GROUPED = new Intl.NumberFormat("en-US");

/** Bytes in a unit of 1,000 that leaves three digits: 6.93 MB. */
export function bytesText(bytes: number): string {
  const magnitude = Math.abs(bytes);
  if (magnitude < 1000) return `${bytes} B`;
  const above = UNITS.filter((_, i) => magnitude >= 999.5 * 1000 ** i).length;
  return `${Number((bytes / 1000 ** above).toPrecision(3))} ${UNITS[above - 1]}`;
}

const UNITS = ["kB", "MB", "GB", "TB"];

/** A part of a whole in percent, or a dash of nothing. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (100 * part) / whole;
  return `${percent !== 0 && Math.abs(percent) < 0.1 ? percent.toPrecision(1) : percent.toFixed(1)} %`;
}

/** A number of four digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Sizes of axes: 96 × 3 × 11 × 11. */
export function shapeText(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? "scalar" : shape.map((size) => (size === "" ? "?" : size)).join(" × ");
}
