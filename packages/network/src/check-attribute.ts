import { checkList, checkText, describeValue } from "@deep-compression/runtime";
import type { Attribute, Subgraph } from "./graph";
import { assertTensor } from "./tensor";

const EXPECTED =
  "a number, a bigint, a string, a list of whole numbers, or one of { float }, { floats }, { strings }, { tensor }, { tensorName }, { graph }, { graphs }, { opaque }";

/** Bounds of an int64. */
const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;

/**
 * Checks that an attribute is of one of the kinds that there are.
 *
 * @param checkSubgraph called for each graph that it holds
 * @throws TypeError, RangeError that names the place
 */
export function checkAttribute(
  place: string,
  value: Attribute,
  checkSubgraph: (place: string, graph: Subgraph) => void,
): void {
  if (typeof value === "number") return;
  if (typeof value === "string") checkText(place, value);
  else if (typeof value === "bigint") checkInt64(place, value);
  else if (typeof value !== "object" || value === null) {
    throw new TypeError(`${place}: expected ${EXPECTED}, got ${describeValue(value)}`);
  } else if ("float" in value) checkNumber(`${place}.float`, value.float);
  else if ("floats" in value) checkEach(`${place}.floats`, value.floats, checkNumber);
  else if ("strings" in value) checkEach(`${place}.strings`, value.strings, checkText);
  else if ("tensor" in value) assertTensor(value.tensor);
  else if ("tensorName" in value) checkText(`${place}.tensorName`, value.tensorName);
  else if ("graph" in value) checkSubgraph(`${place}.graph`, value.graph);
  else if ("graphs" in value) checkEach(`${place}.graphs`, value.graphs, checkSubgraph);
  else if ("opaque" in value) checkText(`${place}.opaque`, value.opaque);
  else if ("length" in value) checkEach(place, value, checkItem);
  else throw new TypeError(`${place}: expected ${EXPECTED}, got an object of none of these members`);
}

function checkItem(place: string, value: number | bigint): void {
  if (typeof value === "bigint") checkInt64(place, value);
  else checkNumber(place, value);
}

function checkInt64(place: string, value: bigint): void {
  if (value >= MIN_INT && value <= MAX_INT) return;
  throw new RangeError(`${place}: expected an integer of 64 bits, got one of more`);
}

/** Of any value: an attribute may be infinite or no number. */
function checkNumber(place: string, value: number): void {
  if (typeof value !== "number") throw new TypeError(`${place}: expected a number, got ${describeValue(value)}`);
}

function checkEach<T>(place: string, list: readonly T[], check: (place: string, item: T) => void): void {
  for (const [i, item] of checkList(place, list).entries()) check(`${place}[${i}]`, item);
}
