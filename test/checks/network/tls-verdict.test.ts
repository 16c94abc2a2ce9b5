import { describe, expect, it } from "vitest";
import type { Handshake } from "../../../src/checks/network/tls-handshake.js";
import { judgeHandshake, type TlsLimits } from "../../../src/checks/network/tls-verdict.js";

const dayMs = 86_400_000;
const wallMs = Date.UTC(2026, 0, 1);
const limits: TlsLimits = { warnBeforeMs: 14 * dayMs, minVersion: "TLSv1.2", verify: true };

const certificate = (name: string, days: number) => ({
  subject: `CN=${name}`,
  issuer: "CN=root",
  endsAtMs: wallMs + days * dayMs,
});
const handshake = (days: number, more: Partial<Handshake> = {}): Handshake => ({
  protocol: "TLSv1.3",
  chain: [certificate("server", days), certificate("root", 1000)],
  trustError: undefined,
  ...more,
});
const judge = (shown: Handshake, more: Partial<TlsLimits> = {}) =>
  judgeHandshake(shown, { ...limits, ...more }, "db:443", { wallMs, handshakeMs: 20 });

describe("what a TLS handshake means", () => {
  it("is healthy while every certificate lasts", () =>
    expect(judge(handshake(15))).toEqual({
      status: "healthy",
      reason: "ok",
      message: "the certificate of db:443 ends in 15 days; TLSv1.3",
      readings: {
        handshakeSeconds: { ok: true, value: 0.02 },
        certificateExpirySeconds: { ok: true, value: 15 * 86_400 },
      },
      metadata: {
        protocol: "TLSv1.3",
        subject: "CN=server",
        issuer: "CN=root",
        validUntil: "2026-01-16T00:00:00.000Z",
      },
    }));

  it("is degraded when it ends soon", () =>
    expect(judge(handshake(14))).toMatchObject({
      status: "degraded",
      reason: "certificate_expires_soon",
      message: "the certificate of db:443 ends in 14 days, less than 14 days from now",
      remedy: "renew the certificate of CN=server, and have the server load it",
    }));

  it("looks at the authorities above it", () => {
    const chain = [certificate("server", 90), certificate("middle", 3), certificate("root", 1000)] as const;
    expect(judge(handshake(90, { chain }))).toMatchObject({
      status: "degraded",
      message: "the authority CN=middle above the certificate of db:443 ends in 3 days, less than 14 days from now",
      readings: { certificateExpirySeconds: { ok: true, value: 3 * 86_400 } },
    });
  });

  it("is degraded by an authority that has ended and that trust does not need", () => {
    const chain = [certificate("server", 90), certificate("old", -2)] as const;
    expect(judge(handshake(90, { chain }))).toMatchObject({ status: "degraded", reason: "certificate_expires_soon" });
  });

  it.each([true, false])("is unhealthy after the end, verify: %s", (verify) =>
    expect(judge(handshake(-2, { trustError: "CERT_HAS_EXPIRED" }), { verify })).toMatchObject({
      status: "unhealthy",
      reason: "certificate_expired",
      message: "the certificate of db:443 ended 2 days ago",
      readings: { certificateExpirySeconds: { ok: true, value: -2 * 86_400 } },
    }),
  );

  it("is unhealthy where it is not trusted, unless that does not matter", () => {
    const untrusted = handshake(90, { trustError: "SELF_SIGNED_CERT_IN_CHAIN" });
    expect(judge(untrusted)).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
    expect(judge(untrusted, { verify: false })).toMatchObject({ status: "healthy" });
    expect(judge(handshake(90, { trustError: "ERR_TLS_CERT_ALTNAME_INVALID" }))).toMatchObject({
      reason: "certificate_invalid",
    });
  });

  it("is unhealthy below the version that is asked for", () => {
    expect(judge(handshake(90, { protocol: "TLSv1.2" }), { minVersion: "TLSv1.3" })).toMatchObject({
      status: "unhealthy",
      reason: "protocol_too_old",
      message: "db:443 speaks TLSv1.2, expected TLSv1.3 at least",
    });
    expect(judge(handshake(90, { protocol: "TLSv1.1" }))).toMatchObject({ reason: "protocol_too_old" });
    expect(judge(handshake(90, { protocol: "TLSv1.2" }))).toMatchObject({ status: "healthy" });
  });
});
