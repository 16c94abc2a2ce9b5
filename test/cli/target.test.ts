import { describe, expect, it } from "vitest";
import { CommandFailure } from "../../src/cli/exit-code.js";
import { parseTarget } from "../../src/cli/target.js";

describe("parseTarget", () => {
  it.each([
    ["localhost:50051", "localhost:50051", "dns:localhost:50051"],
    ["[::1]:50051", "[::1]:50051", "dns:[::1]:50051"],
    ["unix:/run/a.sock", "unix:/run/a.sock", "unix:/run/a.sock"],
    ["unix:///run/a.sock", "unix:/run/a.sock", "unix:/run/a.sock"],
  ])("reads %s", (text, address, uri) => {
    expect(parseTarget(text)).toEqual({ address, uri });
  });

  it.each([undefined, "", "localhost", "localhost:0", "unix:", "::1:5"])("refuses %j as an argument", (text) => {
    expect(() => parseTarget(text)).toThrow(CommandFailure);
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ exitCode: 1 }));
  });
});
