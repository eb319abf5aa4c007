import { elementCount } from "@deep-compression/bits";
import { type Architecture, floatTensor, type Network } from "@deep-compression/network";

/** Two normal deviates from two uniform ones (Box and Muller). */
function normalPair(random: () => number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  const angle = 2 * Math.PI * random();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/**
 * A network with He initialisation (1502.01852): weights normal with variance 2 / inputs, biases zero.
 * `random` gives uniform numbers in [0, 1).
 */
export function initialize(architecture: Architecture, options: { readonly random: () => number }): Network {
  const tensors = architecture.parameters.map(({ name, shape }) => {
    const values = new Float32Array(elementCount(shape));
    if (shape.length > 1) {
      const scale = Math.sqrt(2 / (values.length / shape[0]!));
      for (let i = 0; i < values.length; i += 2)
        values.set(
          normalPair(options.random)
            .map((z) => z * scale)
            .slice(0, values.length - i),
          i,
        );
    }
    return floatTensor(name, shape, values);
  });
  return { graph: architecture.graph, tensors };
}
