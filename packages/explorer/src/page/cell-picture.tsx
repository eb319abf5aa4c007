import { useEffect, useRef } from "preact/hooks";
import type { ZeroPicture } from "../zero-picture";
import { useDark } from "./use-media";

type Colour = readonly [red: number, green: number, blue: number];

/** Of weights that are zero, that are not, and between kernels. */
const COLOURS: Readonly<
  Record<"light" | "dark", { readonly zero: Colour; readonly other: Colour; readonly gap: Colour }>
> = {
  light: { zero: [226, 230, 238], other: [22, 78, 160], gap: [255, 255, 255] },
  dark: { zero: [42, 48, 60], other: [126, 182, 255], gap: [20, 23, 29] },
};

/** About how wide a picture is drawn, in points. */
const DRAWN_WIDTH = 288;

/** A picture of zeros, drawn cell by cell and scaled without blur. */
export function CellPicture({ title, picture }: { readonly title: string; readonly picture: ZeroPicture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useDark();
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    context.putImageData(imageOf(picture, isDark ? "dark" : "light"), 0, 0);
  }, [picture, isDark]);
  const { width, height, caption } = picture;
  const scale = Math.max(1, Math.round(DRAWN_WIDTH / width)); // a whole number of points a cell: no cell looks wider than another
  return (
    <figure class="picture">
      <canvas
        ref={canvas}
        width={width}
        height={height}
        style={{ width: `${width * scale}px` }}
        role="img"
        aria-label={`${title}: ${caption}`}
      />
      <figcaption>
        <strong>{title}.</strong> {caption}.
      </figcaption>
    </figure>
  );
}

function imageOf({ width, height, cells, kernel }: ZeroPicture, scheme: "light" | "dark"): ImageData {
  const { zero, other, gap } = COLOURS[scheme];
  const image = new ImageData(width, height);
  for (let y = 0, cell = 0; y < height; y++) {
    for (let x = 0; x < width; x++, cell++) {
      const isGap =
        kernel !== undefined && (y % (kernel.rows + 1) === kernel.rows || x % (kernel.columns + 1) === kernel.columns);
      const part = cells[cell]! / 255;
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * cell + channel] = isGap
          ? gap[channel]!
          : zero[channel]! + part * (other[channel]! - zero[channel]!);
      }
      image.data[4 * cell + 3] = 255;
    }
  }
  return image;
}
