import { describe, expect, it } from "vitest";
import { complaintAbout, httpExpectation } from "../../../src/checks/network/http-expect.js";

const judge = (expected: unknown, bodyStart: string, elapsedMs = 10, secrets: readonly string[] = []) =>
  complaintAbout({ status: 200, bodyStart, elapsedMs, secrets }, httpExpectation().parse(expected));

const body = JSON.stringify({ state: "ready", queue: 3, free: null });

describe("what an answer must be", () => {
  it.each([
    [{ bodyContains: "ready" }],
    [{ json: [{ path: "$.state" }] }],
    [{ json: [{ path: "$.free" }] }],
    [
      {
        json: [
          { path: "$.state", equals: "ready" },
          { path: "$.queue", atLeast: 3, atMost: 3 },
        ],
      },
    ],
    [{ json: [{ path: "$.free", equals: null }] }],
    [{ json: [{ path: "$.state", not: "loading" }] }],
    [{ maxDuration: "10ms" }],
  ])("is so: %j", (expected) => expect(judge(expected, body)).toBeUndefined());

  it.each([
    [{ bodyContains: "loaded" }, 'answered 200, but without "loaded" in the body: {"state":"ready"'],
    [{ json: [{ path: "$.model" }] }, "answered JSON that has no $.model"],
    [{ json: [{ path: "$.state", equals: "up" }] }, 'answered $.state: "ready", expected "up"'],
    [{ json: [{ path: "$.queue", equals: "3" }] }, 'answered $.queue: 3, expected "3"'],
    [{ json: [{ path: "$.state", not: "ready" }] }, 'answered $.state: "ready", expected anything else'],
    [{ json: [{ path: "$.queue", atLeast: 4 }] }, "answered $.queue: 3, expected at least 4"],
    [{ json: [{ path: "$.queue", atMost: 2 }] }, "answered $.queue: 3, expected at most 2"],
    [{ json: [{ path: "$.state", atMost: 2 }] }, 'answered $.state: "ready", expected at most 2'],
  ])("is not so: %j", (expected, said) => {
    const complaint = judge(expected, body);
    expect(complaint?.reason).toBe("unexpected_body");
    expect(complaint?.said).toContain(said);
  });

  it("must be JSON to be judged as JSON", () =>
    expect(judge({ json: [{ path: "$" }] }, "<html>")).toMatchObject({ said: "answered what is no JSON: <html>" }));

  it("must be there in time", () =>
    expect(judge({ maxDuration: "1s" }, body, 1500)).toEqual({
      reason: "slow_response",
      said: "answered 200 in 1.5 s, expected at most 1 s",
    }));

  it("names what is worst first", () =>
    expect(judge({ status: 204, bodyContains: "x", maxDuration: "1ms" }, body)?.reason).toBe("unexpected_status"));

  it("quotes no secret, wherever the answer repeats it", () => {
    const secret = "hunter2";
    const repeated = JSON.stringify({ state: `${"x".repeat(195)}hunter2`, said: "hunter2" });
    for (const expected of [
      { status: 204 },
      { bodyContains: "y" },
      { json: [{ path: "$.said", equals: 1 }] },
      { json: [{ path: "$.state", equals: 1 }] },
    ]) {
      expect(judge(expected, repeated, 1, [secret])?.said).not.toMatch(/hunt/);
    }
  });
});
