import { elementCount } from "@deep-compression/bits";
import { intAttribute, intsAttribute, misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { activationAt, type Operation, type Site, weightAt } from "./operation";
import { constantValues } from "./weight-source";

/** Flatten to [N, features]; `axis` may not draw other dimensions into the batch. */
export function flatten(site: Site): Operation {
  const { shape } = activationAt(site, 0);
  const given = intAttribute(site.node, "axis", 1);
  const axis = (given < 0 ? given + shape.length + 1 : given) - 1;
  if (axis < 0 || axis > shape.length || elementCount(shape.slice(0, axis)) !== 1)
    throw misfit(site.node, `axis expected 1, which keeps the batch, got ${given}`);
  return { shape: [elementCount(shape)] };
}

/**
 * Reshape whose target keeps the batch in front: as 0, as -1 or as the number the graph declares. Another number is the
 * only batch that it keeps.
 */
export function reshape(site: Site): Operation {
  const { shape } = activationAt(site, 0);
  const target = intsAttribute(site.node, "shape") ?? targetWeight(site);
  const [batch, ...rest] = target.map((size, axis) =>
    size === 0 && axis > 0 ? (shape[axis - 1] ?? Number.NaN) : size,
  );
  const size = elementCount(shape);
  const known = elementCount(rest.filter((dimension) => dimension !== -1));
  const item = rest.map((dimension) => (dimension === -1 ? size / known : dimension));
  const keepsBatch = batch === 0 || batch === -1 || batch === site.declaredBatch;
  const isBatch = batch !== undefined && batch >= 1;
  const unknown = [batch, ...rest].filter((dimension) => dimension === -1).length;
  if (
    !(keepsBatch || isBatch) ||
    unknown > 1 ||
    !item.every((d) => Number.isInteger(d) && d >= 0) ||
    elementCount(item) !== size
  )
    throw misfit(
      site.node,
      `cannot reshape ${shapeText(["N", ...shape])} to ${shapeText(target)} and keep the batch N`,
    );
  return { shape: item, ...(keepsBatch ? {} : { batch }) };
}

function targetWeight(site: Site): readonly number[] {
  const { name, weight } = weightAt(site, 1, 1);
  return [...constantValues(name, weight)];
}
