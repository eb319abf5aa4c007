// The example of README.md, line by line.
import { bytesSource, openContainer, writeContainer } from "@deep-compression/container";
import { expect, test } from "vitest";

test("the example of the README runs", async () => {
  const tensor = { name: "bias", type: 1, shape: [1], sections: [{ kind: 1, bytes: Uint8Array.of(0, 0, 128, 63) }] };
  const bytes = writeContainer({ metadata: { author: "me" }, tensors: [tensor] });
  const file = await openContainer(bytesSource(bytes)); // reads the header and the directory only
  const { sections } = await file.read("bias"); // reads and verifies this tensor's bytes only
  expect(file.metadata.author).toBe("me");
  expect([...sections[0].bytes]).toEqual([0, 0, 128, 63]);
});
