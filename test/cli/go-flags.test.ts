import { describe, expect, it } from "vitest";
import { normalizeGoFlags } from "../../src/cli/go-flags.js";

const booleans = new Set(["tls", "gzip"]);
const normalize = (...args: readonly string[]): string[] => normalizeGoFlags(args, booleans);

describe("normalizeGoFlags", () => {
  it.each([
    [["-addr=a:1"], ["--addr=a:1"]],
    [["-addr", "a:1"], ["--addr=a:1"]],
    [["--addr=a:1"], ["--addr=a:1"]],
    [["--addr", "a:1"], ["--addr=a:1"]],
    [["-addr="], ["--addr="]],
  ])("reads one dash and two alike: %j", (args, expected) => {
    expect(normalize(...args)).toEqual(expected);
  });

  it("takes the next argument as the value, whatever it begins with", () => {
    expect(normalize("-connect-timeout", "-1s", "-service", "--", "-addr", "-tls")).toEqual([
      "--connect-timeout=-1s",
      "--service=--",
      "--addr=-tls",
    ]);
  });

  it("keeps = and line ends in a value", () => {
    expect(normalize("-rpc-header=a: b=c", "-rpc-header", "x:\n1")).toEqual([
      "--rpc-header=a: b=c",
      "--rpc-header=x:\n1",
    ]);
  });

  it("reads the booleans of Go", () => {
    expect(normalize("-tls", "-gzip=true", "--tls=1", "-tls=T")).toEqual(["--tls", "--gzip", "--tls", "--tls"]);
    expect(normalize("-tls=false", "--gzip=0", "-tls=F")).toEqual([]);
    expect(normalize("-tls=maybe")).toEqual(["--tls=maybe"]);
    expect(normalize("-tls", "127.0.0.1:1")).toEqual(["--tls", "127.0.0.1:1"]);
  });

  it("leaves the rest alone: addresses, single letters, what follows --, a flag without its value", () => {
    expect(normalize("127.0.0.1:1", "-v", "-", "--", "-addr", "x")).toEqual([
      "127.0.0.1:1",
      "-v",
      "-",
      "--",
      "-addr",
      "x",
    ]);
    expect(normalize("-addr")).toEqual(["--addr"]);
  });

  it("changes nothing the second time", () => {
    const once = normalize("-addr", "a:1", "-tls", "-service=-x", "b:2");
    expect(normalize(...once)).toEqual(once);
  });
});
