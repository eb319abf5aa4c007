/** A place on the drawing; y grows downwards. Units do not matter: drawings are brought to the size of MNIST's. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a pen went without being lifted. */
export type Stroke = readonly Point[];
