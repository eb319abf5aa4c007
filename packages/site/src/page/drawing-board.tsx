import { useEffect, useRef } from "preact/hooks";
import type { Point, Stroke } from "../strokes";

/** Edge of the board, in its own units; it is drawn as large as there is room. */
export const BOARD = 280;

const PEN_WIDTH = 22;

interface BoardProps {
  readonly strokes: readonly Stroke[];
  readonly onStrokes: (strokes: readonly Stroke[]) => void;
}

/** A board to draw on with a mouse, a finger or a pen. */
export function DrawingBoard({ strokes, onStrokes }: BoardProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDrawing = useRef(false);
  useEffect(() => paint(canvas.current!, strokes), [strokes]);

  const placeOf = (event: PointerEvent): Point => {
    const { left, top, width } = canvas.current!.getBoundingClientRect();
    return { x: ((event.clientX - left) * BOARD) / width, y: ((event.clientY - top) * BOARD) / width };
  };
  const begin = (event: PointerEvent) => {
    event.preventDefault();
    canvas.current!.setPointerCapture(event.pointerId);
    isDrawing.current = true;
    onStrokes([...strokes, [placeOf(event)]]);
  };
  const go = (event: PointerEvent) => {
    if (isDrawing.current) onStrokes([...strokes.slice(0, -1), [...(strokes.at(-1) ?? []), placeOf(event)]]);
  };
  const end = () => {
    isDrawing.current = false;
  };
  return (
    <canvas
      class="board"
      ref={canvas}
      width={BOARD}
      height={BOARD}
      role="img"
      aria-label="Board to draw a digit on with a mouse, a finger or a pen; the samples below need none"
      onPointerDown={begin}
      onPointerMove={go}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}

function paint(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): void {
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, BOARD, BOARD);
  context.lineWidth = PEN_WIDTH;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = "#1b2130";
  for (const stroke of strokes) {
    context.beginPath();
    for (const { x, y } of stroke) context.lineTo(x, y);
    const [first] = stroke;
    if (first && stroke.length === 1) context.lineTo(first.x + 0.1, first.y); // a dot
    context.stroke();
  }
}
