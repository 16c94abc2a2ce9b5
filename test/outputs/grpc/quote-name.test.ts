import { describe, expect, it } from "vitest";
import { quoteName } from "../../../src/outputs/grpc/quote-name.js";

describe("quoteName", () => {
  it.each(["", "model", "gpu/GPU-9f3c", "x".repeat(64), "🧨".repeat(64)])("gives %s whole", (name) => {
    expect(quoteName(name)).toBe(`"${name}"`);
  });

  it("shortens a longer one, and says how long it is", () => {
    expect(quoteName("x".repeat(10_000))).toBe(`"${"x".repeat(64)}…" (10000 characters)`);
  });

  it.each([0, 1])("never cuts a character in half, which could not be encoded: %i", (offset) => {
    const quoted = quoteName("x".repeat(offset) + "🧨".repeat(100));
    expect(() => encodeURI(quoted)).not.toThrow();
    expect(quoted).toContain("🧨…");
  });
});
