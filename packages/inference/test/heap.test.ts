import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, Heap, plainMemory } from "../src/heap";
import { allocateValue } from "../src/value";

const heapOf = (limit = 2 ** 20, base = 5) => new Heap(plainMemory(), base, limit);

describe("a heap", () => {
  it("gives rooms at multiples of 16 from its base on, one after the other", () => {
    const heap = heapOf();
    expect([1, 16, 17, 0].map((bytes) => heap.allocate(bytes).address)).toEqual([16, 32, 48, 80]);
  });

  it("gives the first gap that is wide enough, and what is left of it next", () => {
    const heap = heapOf();
    const rooms = [32, 16, 64, 16].map((bytes) => heap.allocate(bytes));
    heap.free(rooms[0]!);
    heap.free(rooms[2]!);
    expect(heap.allocate(48).address).toBe(rooms[2]!.address);
    expect(heap.allocate(16).address).toBe(rooms[0]!.address);
    expect(heap.allocate(16).address).toBe(rooms[0]!.address + 16);
    expect(heap.allocate(16).address).toBe(rooms[2]!.address + 48);
  });

  it("joins gaps that touch, in whichever order they are given back", () => {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
      [0, 2, 1],
    ]) {
      const heap = heapOf();
      const rooms = [16, 16, 16, 16].map((bytes) => heap.allocate(bytes));
      for (const index of order) heap.free(rooms[index]!);
      expect(heap.allocate(48).address).toBe(rooms[0]!.address);
    }
  });

  it("grows by pages, keeps what it holds, and does not grow for what was given back", () => {
    const heap = heapOf();
    const first = allocateValue(heap, "float32", [3]);
    first.data.set([1, 2, 3] as never);
    const { data } = first;
    const large = heap.allocate(100_000);
    expect(heap.byteLength).toBe(2 * 65_536);
    expect([...(first.data as Float32Array)]).toEqual([1, 2, 3]);
    expect(first.data).not.toBe(data);
    heap.free(large);
    heap.allocate(100_000);
    expect(heap.byteLength).toBe(2 * 65_536);
  });

  it("refuses what is beyond its limit, and gives what fits afterwards", () => {
    const heap = heapOf(1024, 0);
    expect(() => heap.allocate(1025)).toThrow(new RangeError("it needs 1040 bytes of memory, and may take 1024"));
    for (const bytes of [Number.POSITIVE_INFINITY, Number.NaN, 2 ** 60])
      expect(() => heap.allocate(bytes)).toThrow(RangeError);
    expect(heap.allocate(1024).address).toBe(0);
  });

  it("says that memory is not to be had", () => {
    const memory = {
      buffer: new ArrayBuffer(65_536),
      grow() {
        throw new Error("no");
      },
    };
    expect(() => new Heap(memory, 0, 2 ** 30).allocate(65_537)).toThrow(
      new RangeError("131072 bytes of memory are not to be had"),
    );
  });

  it("forgets on clear all but what is kept, gaps with it", () => {
    const heap = heapOf();
    const [gap, kept] = [heap.allocate(16), heap.allocate(16)];
    heap.free(gap);
    heap.keep();
    for (let run = 0; run < 3; run++) {
      expect(heap.allocate(16).address).toBe(gap.address);
      expect(heap.allocate(32).address).toBe(kept.address + 16);
      heap.clear();
    }
  });

  it("never gives a room twice, and is empty when all is given back", () => {
    const step = fc.record({ bytes: fc.integer({ min: 0, max: 200 }), give: fc.boolean(), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const heap = heapOf(2 ** 20, 0);
        const rooms: Block[] = [];
        for (const { bytes, give, which } of steps) {
          if (give && rooms.length > 0) heap.free(rooms.splice(which % rooms.length, 1)[0]!);
          else {
            const room = heap.allocate(bytes);
            expect(room.address % 16).toBe(0);
            expect(room.bytes).toBeGreaterThanOrEqual(bytes);
            for (const other of rooms)
              expect(room.address + room.bytes <= other.address || other.address + other.bytes <= room.address).toBe(
                true,
              );
            rooms.push(room);
          }
        }
        for (const room of rooms) heap.free(room);
        expect(heap.allocate(2 ** 19).address).toBe(0);
      }),
    );
  });
});
