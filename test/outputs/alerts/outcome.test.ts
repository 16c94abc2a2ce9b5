import { describe, expect, it } from "vitest";
import { outcomeOfCode, outcomeOfStatus } from "../../../src/outputs/alerts/outcome.js";

const wallMs = Date.UTC(2026, 0, 1);
const answer = (status: number, body = "", headers = {}) => ({ status, body, headers });

describe("outcomeOfStatus", () => {
  it("takes 2xx, tries 408, 429 and 5xx again, and nothing else", () => {
    const kindOf = (status: number) => outcomeOfStatus(answer(status), wallMs).kind;
    expect([200, 202, 204].map(kindOf)).toEqual(["accepted", "accepted", "accepted"]);
    expect([408, 429, 500, 503].map(kindOf)).toEqual(Array(4).fill("unavailable"));
    expect([301, 400, 401, 403, 404, 410].map(kindOf)).toEqual(Array(6).fill("refused"));
  });

  it("says what the receiver said, in one line and not for ever", () => {
    expect(outcomeOfStatus(answer(400, "invalid\n\u001b[31m payload"), wallMs)).toEqual({
      kind: "refused",
      message: "it answered 400: invalid [31m payload",
    });
    const { message } = outcomeOfStatus(answer(500, "x".repeat(4000)), wallMs) as { readonly message: string };
    expect(message).toHaveLength(218);
  });

  it("waits as long as it is told", () => {
    expect(outcomeOfStatus(answer(429, "", { "retry-after": "7" }), wallMs)).toMatchObject({ waitMs: 7000 });
  });
});

describe("outcomeOfCode", () => {
  const outcome = (body: string, status = 200) => outcomeOfCode(answer(status, body), wallMs, "errcode", [45009]);

  it("believes the body over the status", () => {
    expect(outcome('{"errcode":0,"errmsg":"ok"}').kind).toBe("accepted");
    expect(outcome('{"errcode":310000,"errmsg":"sign not match"}')).toEqual({
      kind: "refused",
      message: 'it answered errcode 310000: {"errcode":310000,"errmsg":"sign not match"}',
    });
    expect(outcome('{"errcode":45009}')).toMatchObject({ kind: "unavailable", waitMs: 60_000 });
    expect(outcome("<html>").kind).toBe("refused");
    expect(outcome('{"errcode":0}', 502).kind).toBe("unavailable");
  });
});
