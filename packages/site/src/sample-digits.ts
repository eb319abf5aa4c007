import type { Point, Stroke } from "./strokes";

/** Degrees between two points of an arc. */
const STEP = 12;

/** Part of an ellipse; angles in degrees, clockwise from the right. */
function arc(
  x: number,
  y: number,
  [across, down]: readonly [number, number],
  [from, to]: readonly [number, number],
): Point[] {
  const steps = Math.max(1, Math.round(Math.abs(to - from) / STEP));
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return { x: x + across * Math.cos(angle), y: y + down * Math.sin(angle) };
  });
}

function line(...places: readonly (readonly [number, number])[]): Point[] {
  return places.map(([x, y]) => ({ x, y }));
}

/** Digits as we draw them, on a sheet of 100 x 100, for whoever cannot draw, or does not want to: the digit is the place in the list. */
export const SAMPLE_DIGITS: readonly (readonly Stroke[])[] = [
  [arc(50, 50, [24, 36], [-90, 270])],
  [line([56, 12], [46, 88])],
  [[...arc(50, 32, [22, 20], [-170, 40]), ...line([28, 86], [76, 86])]],
  [[...arc(46, 31, [22, 19], [-150, 90]), ...arc(46, 68, [25, 19], [-90, 150])]],
  [line([34, 12], [26, 54], [76, 54]), line([66, 14], [60, 90])],
  [[...line([72, 14], [36, 14], [32, 46]), ...arc(46, 64, [24, 22], [-120, 150])]],
  [[...line([64, 12], [42, 36]), ...arc(50, 64, [22, 22], [-150, 210])]],
  [line([26, 16], [76, 16], [46, 88])],
  [[...arc(50, 32, [17, 18], [90, 450]), ...arc(50, 69, [21, 19], [-90, 270])]],
  [[...arc(50, 34, [20, 20], [0, 360]), ...line([70, 34], [62, 88])]],
];
