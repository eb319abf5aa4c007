import { useEffect, useRef } from "preact/hooks";
import { EDGE } from "../mnist-image";

/** What the network is given: the drawing at MNIST's size, ink white on black as there. */
export function SeenImage({ image }: { readonly image: Float32Array | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pixels = new ImageData(EDGE, EDGE);
    for (let i = 0; i < EDGE * EDGE; i++)
      pixels.data.set([0, 1, 2].map(() => 255 * (image?.[i] ?? 0)).concat(255), 4 * i);
    canvas.current!.getContext("2d")!.putImageData(pixels, 0, 0);
  }, [image]);
  return (
    <figure class="seen">
      <canvas ref={canvas} width={EDGE} height={EDGE} role="img" aria-label="The drawing as the network sees it" />
      <figcaption>
        What the network sees: {EDGE} by {EDGE} pixels, centred by mass as MNIST's are.
      </figcaption>
    </figure>
  );
}
