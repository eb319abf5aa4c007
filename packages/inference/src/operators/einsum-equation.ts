import { misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";

/** An equation with the shapes that it is used on. An index is a letter, or "0", "1", ... for the dimensions of an ellipsis. */
export interface EinsumEquation {
  /** The indices of each operand, one an axis. */
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
  /** How many values each index takes. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Reads an equation of Einsum, such as "...ij,...jk->...ik". @throws RangeError naming the node */
export function einsumEquation(node: Node, equation: string, shapes: readonly (readonly number[])[]): EinsumEquation {
  const [left = "", right, ...more] = equation.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",");
  if (more.length > 0 || ![...terms, right ?? ""].every((term) => /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term)))
    throw misfit(node, `equation expected letters, ellipses, commas and one arrow, got ${JSON.stringify(equation)}`);
  if (terms.length !== shapes.length)
    throw misfit(node, `equation ${JSON.stringify(equation)} expected ${terms.length} inputs, got ${shapes.length}`);
  const widths = terms.map((term, i) => (isBroad(term) ? shapes[i]!.length - term.length + 3 : 0));
  const widest = Math.max(0, ...widths);
  const operands = terms.map((term, i) => indicesOf(term, widths[i]!, widest));
  const sizes = new Map<string, number>();
  for (const [i, indices] of operands.entries()) {
    const shape = shapes[i]!;
    if (indices.length !== shape.length)
      throw misfit(node, `term ${JSON.stringify(terms[i])} does not fit an input of shape ${shapeText(shape)}`);
    for (const [axis, index] of indices.entries()) {
      const [size, own] = [sizes.get(index) ?? 1, shape[axis]!];
      if (size !== 1 && own !== 1 && size !== own) throw misfit(node, `index ${index} is of size ${size} and ${own}`);
      sizes.set(index, size === 1 ? own : size);
    }
  }
  const result = right === undefined ? implicitResult(operands) : indicesOf(right, isBroad(right) ? widest : 0, widest);
  if (new Set(result).size < result.length || !result.every((index) => sizes.has(index)))
    throw misfit(node, `the result of equation ${JSON.stringify(equation)} expected indices of its inputs, each once`);
  return { operands, result, sizes };
}

function isBroad(term: string): boolean {
  return term.includes(".");
}

/** The last of `widest` dimensions stand for an ellipsis of fewer. */
function indicesOf(term: string, width: number, widest: number): readonly string[] {
  const [before = "", after = ""] = term.split("...");
  const broad = Array.from({ length: Math.max(0, width) }, (_, i) => String(widest - width + i));
  return [...before, ...broad, ...after];
}

/** Without an arrow: the dimensions of the ellipsis, then the letters that occur once, in the order of the alphabet. */
function implicitResult(operands: readonly (readonly string[])[]): readonly string[] {
  const all = operands.flat();
  const once = all.filter((index) => all.indexOf(index) === all.lastIndexOf(index) || /\d/.test(index));
  return [...new Set(once)].sort((a, b) => order(a) - order(b));
}

function order(index: string): number {
  return /\d/.test(index) ? Number(index) - 1000 : index.charCodeAt(0);
}
