import { describe, expect, it } from "vitest";
import { isLoopback, networkMatcher, parseNetwork } from "../../src/core/networks.js";

describe("parseNetwork", () => {
  it.each(["10.0.0.0/8", "10.1.2.3", "::/0", "fd00::/8", "0.0.0.0/0"])("takes %s", (text) => {
    expect(parseNetwork(text).ok).toBe(true);
  });

  it.each([
    ["10.0.0.0/33", "no valid prefix: it is 0 to 32"],
    ["::/129", "no valid prefix: it is 0 to 128"],
    ["10.0.0.0/", "no valid prefix"],
    ["10.0.0.0/8/8", "is no address"],
    ["10.0.0/8", "is no address"],
    ["localhost", "is no address"],
    ["fe80::1%eth0", "is no address"],
    ["::ffff:10.0.0.1", "write the IPv4 one, 10.0.0.1"],
  ])("refuses %s: %s", (text, problem) => {
    expect(parseNetwork(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

describe("networkMatcher", () => {
  const matches = networkMatcher(["10.0.0.0/8", "192.0.2.7", "fd00::/8", "fe80::/10"]);

  it.each(["10.255.0.1", "::ffff:10.1.2.3", "::FFFF:10.1.2.3", "192.0.2.7", "fd12::1", "fe80::1%eth0"])(
    "has %s",
    (peer) => {
      expect(matches(peer)).toBe(true);
    },
  );

  it.each(["11.0.0.1", "::ffff:11.0.0.1", "192.0.2.8", "fe00::1", "::1", "gone", ""])("has no %s", (peer) => {
    expect(matches(peer)).toBe(false);
  });

  it("takes a peer without an address, which came through a Unix socket", () => {
    expect(matches(undefined)).toBe(true);
  });
});

describe("isLoopback", () => {
  it.each(["127.0.0.1", "127.8.9.1", "::1", "localhost", "::ffff:127.0.0.1"])("says yes of %s", (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "127.example.org", "node-7"])("says no of %s", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
