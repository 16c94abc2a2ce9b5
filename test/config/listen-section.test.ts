import { describe, expect, it } from "vitest";
import { listeners } from "../../src/config/listen-section.js";
import { problemsOf } from "../../src/config/problem.js";

const problems = (given: unknown): readonly string[] => {
  const parsed = listeners().safeParse(given, { reportInput: true });
  return parsed.success
    ? []
    : problemsOf(parsed.error.issues, []).map(({ path, message }) => [...path, message].join(": "));
};

const tls = { cert: "/tls/tls.crt", key: "/tls/tls.key" };

describe("listen", () => {
  it("is one address or several, in one form", () => {
    expect(listeners().parse("127.0.0.1:0")).toEqual([{ address: "127.0.0.1:0" }]);
    expect(listeners().parse(["[::1]:1", "unix:///a"])).toEqual([{ address: "[::1]:1" }, { address: "unix:/a" }]);
    expect(problems(["127.0.0.1:1", 5])).toEqual([expect.stringMatching(/^1: "5" is not an address/)]);
    expect(problems([])).toEqual(["must have at least 1 entry"]);
  });

  it("may have TLS and an allow list, beside a plain address", () => {
    const secure = { address: "0.0.0.0:1", tls: { ...tls, clientCa: "/ca.crt", clientNames: ["a"] }, allow: ["::1"] };
    expect(listeners().parse(["127.0.0.1:0", secure])).toEqual([
      { address: "127.0.0.1:0" },
      { ...secure, tls: { ...secure.tls, minVersion: "1.2" } },
    ]);
  });

  it.each([1.3, "1.3"])("takes a version of TLS with quotes and without (%j)", (minVersion) => {
    const [listener] = listeners().parse({ address: "127.0.0.1:0", tls: { ...tls, minVersion } });
    expect(listener?.tls?.minVersion).toBe("1.3");
  });

  it.each([
    [{ address: "127.0.0.1:0", tls: { cert: "/a" } }, "tls: key: missing: expected a text"],
    [
      { address: "127.0.0.1:0", tls: { ...tls, cert: "a" } },
      "tls: cert: expected an absolute path, one that starts with /",
    ],
    [
      { address: "127.0.0.1:0", tls: { ...tls, minVersion: 1.1 } },
      'tls: minVersion: unknown value "1.1": did you mean 1.2?',
    ],
    [{ address: "127.0.0.1:0", tls: { ...tls, clientNames: ["a"] } }, "tls: `clientNames` needs `clientCa`"],
    [{ address: "127.0.0.1:0", tlss: tls }, 'tlss: unknown key "tlss": did you mean tls?'],
    [{ address: "127.0.0.1:0", allow: ["10.0.0.0/8", "x"] }, 'allow: 1: "x" is no address and no network'],
    [{ address: "unix:/a", allow: ["10.0.0.0/8"] }, "allow: a Unix socket has no client addresses"],
    [{}, "address: missing: expected a text"],
  ])("%j: %s", (given, problem) => {
    expect(problems(given)).toEqual([expect.stringContaining(problem)]);
    expect(problems(["127.0.0.1:1", given])).toEqual([expect.stringContaining(`1: ${problem}`)]);
  });
});
