import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../src/core/address.js";

describe("parseAddress", () => {
  it.each([
    ["127.0.0.1:9091", { kind: "tcp", host: "127.0.0.1", port: 9091 }],
    ["localhost:0", { kind: "tcp", host: "localhost", port: 0 }],
    ["[::1]:65535", { kind: "tcp", host: "::1", port: 65_535 }],
    ["[fe80::1%eth0]:1", { kind: "tcp", host: "fe80::1%eth0", port: 1 }],
    ["unix:/run/a.sock", { kind: "unix", path: "/run/a.sock" }],
    ["unix:relative.sock", { kind: "unix", path: "relative.sock" }],
  ])("reads %s, and writes it again", (text, address) => {
    const parsed = parseAddress(text);
    expect(parsed).toEqual({ ok: true, address });
    if (parsed.ok) expect(formatAddress(parsed.address)).toBe(text);
  });

  it("reads the form of gRPC clients", () => {
    expect(parseAddress("unix:///run/a.sock")).toEqual({ ok: true, address: { kind: "unix", path: "/run/a.sock" } });
  });

  it.each([
    ["", "is not an address"],
    ["50051", "is not an address"],
    [":50051", "is not an address"],
    ["::1:50051", "is not an address"],
    ["a b:1", "is not an address"],
    ["http://a:1", "is not an address"],
    ["a:65536", "has no valid port"],
    ["a:-1", "is not an address"],
    ["unix:", "names no socket"],
    [`unix:/${"a".repeat(107)}`, "is too long"],
  ])("refuses %j", (text, problem) => {
    const parsed = parseAddress(text);
    expect(parsed.ok ? "" : parsed.problem).toContain(problem);
  });
});
