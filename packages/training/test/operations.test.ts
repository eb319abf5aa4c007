import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../assembly/operations";
import { INSTRUCTION_WORDS } from "../assembly/words";
import { plainArena, withScope } from "../src/arena";
import { type Instruction, type Operation, placeProgram } from "../src/program";

describe("the table of operations", () => {
  test("has no operation with more operands than an instruction has words", () => {
    for (const operands of Object.values(OPERATIONS))
      expect(Object.keys(operands).length).toBeLessThan(INSTRUCTION_WORDS);
  });

  test("gives each operand of an instruction its word: the operation, then the operands in order", () => {
    const arena = plainArena();
    const dropout = { scalars: 256, scale: 1.25, threshold: 5, site: 3, factors: 128, x: 64, n: 8 };
    const program: readonly Instruction[] = [{ op: "barrier" }, { ...dropout, op: "dropout" }];
    withScope(arena, (scope) => {
      const address = placeProgram(arena, scope, program);
      const [first, second] = [0, INSTRUCTION_WORDS];
      const ints = arena.ints(address, 2 * INSTRUCTION_WORDS);
      const floats = arena.floats(address, 2 * INSTRUCTION_WORDS);
      const opcode = (operation: Operation) => Object.keys(OPERATIONS).indexOf(operation);
      expect([...ints.subarray(first, second)]).toEqual([opcode("barrier"), ...new Array(15).fill(0)]);
      expect([...ints.subarray(second, second + 6)]).toEqual([opcode("dropout"), 8, 64, 128, 3, 5]);
      expect([floats[second + 6], ints[second + 7], ints[second + 8]]).toEqual([1.25, 256, 0]);
    });
  });

  test("makes a wrong or missing operand an error of types", () => {
    const instructions: Instruction[] = [
      { op: "relu", n: 4, x: 64 },
      // @ts-expect-error: x is missing
      { op: "relu", n: 4 },
      // @ts-expect-error: relu has no y
      { op: "relu", n: 4, x: 64, y: 64 },
      // @ts-expect-error: there is no such operation
      { op: "sigmoid", n: 4, x: 64 },
      // @ts-expect-error: the interpreter gives the step
      { op: "gatherLabels", rows: 1, labels: 64, order: 64, count: 1, batch: 1, firstRow: 0, out: 64, step: 0 },
    ];
    expect(instructions.length).toBe(5);
  });
});
