import { elementCount } from "@deep-compression/bits";
import { intAttribute, misfit } from "@deep-compression/network";
import { axisOf, type Operator, required, scalarOf } from "../operation";
import type { Value } from "../value";

/** OneHot: along a new axis of `depth`, the second of two values at the index and the first elsewhere. */
export const oneHot: Operator = ({ node }) => {
  const axis = intAttribute(node, "axis", -1);
  return {
    run(inputs, context) {
      const [indices, depthValue, values] = [0, 1, 2].map((i) => required(node, inputs, i)) as [Value, Value, Value];
      const depth = Math.trunc(scalarOf(node, depthValue));
      if (!(depth >= 1) || values.size !== 2)
        throw misfit(node, `expected a depth from 1 and two values, got ${depth} and ${values.size}`);
      const at = axisOf(node, axis, indices.shape.length + 1);
      const output = context.output(values.type, indices.shape.toSpliced(at, 0, depth));
      const { data } = output;
      const [off, on] = values.data as unknown as [never, never];
      data.fill(off);
      const inner = elementCount(indices.shape.slice(at));
      for (let i = 0; i < indices.size; i++) {
        const given = Number(indices.data[i]);
        const index = Math.trunc(given < 0 ? given + depth : given);
        if (!(index >= 0 && index < depth)) continue;
        data[Math.floor(i / inner) * depth * inner + index * inner + (i % inner)] = on;
      }
      return [output];
    },
  };
};
