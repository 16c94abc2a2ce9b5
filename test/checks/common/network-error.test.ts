import { describe, expect, it } from "vitest";
import { deadlineError, networkError } from "../../../src/checks/common/network-error.js";

const withCode = (code: string) => Object.assign(new Error(`native words for ${code}`), { code });

describe("networkError", () => {
  it.each([
    ["ECONNREFUSED", "connection_refused"],
    ["ECONNRESET", "connection_reset"],
    ["EPIPE", "connection_reset"],
    ["ETIMEDOUT", "connection_timeout"],
    ["EHOSTUNREACH", "host_unreachable"],
    ["ENOTFOUND", "name_not_resolved"],
    ["EAI_AGAIN", "name_not_resolved"],
    ["CERT_HAS_EXPIRED", "certificate_expired"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate_untrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate_invalid"],
    ["EPROTO", "tls_failed"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls_failed"],
    ["HPE_INVALID_CONSTANT", "protocol_error"],
    ["EWHATEVER", "connection_failed"],
    ["toString", "connection_failed"],
  ])("translates %s into %s", (code, reason) => {
    const error = networkError(withCode(code), "10.0.0.1:80", 1500);
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(/^10\.0\.0\.1:80: .+ after 1\.5 s$/);
    expect(error.cause).toMatchObject({ code });
  });

  it("reads OpenSSL's error behind that of libuv", () => {
    const words =
      "write EPROTO 4027:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:s3_record.c:354:\n";
    const error = networkError(Object.assign(new Error(words), { code: "EPROTO" }), "a:1", 2);
    expect(error.message).toBe("a:1: TLS could not be agreed on (ERR_SSL_WRONG_VERSION_NUMBER) after 2 ms");
    const alert = "write EPROTO 4027:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:rec.c:1590:\n";
    expect(networkError(Object.assign(new Error(alert), { code: "EPROTO" }), "a:1", 2).reason).toBe(
      "client_certificate_refused",
    );
  });

  it("keeps the words of the system where it has none of its own", () => {
    expect(networkError(withCode("EWHATEVER"), "a:1", 2).message).toContain("native words for EWHATEVER");
  });
});

describe("deadlineError", () => {
  it("says what to do, by what had been reached", () => {
    expect(deadlineError("a:1", "no connection", 1000)).toMatchObject({
      reason: "timeout",
      remedy: expect.stringContaining("firewalls"),
    });
    expect(deadlineError("a:1", "connected, but no answer", 1000).remedy).toMatch(/hangs/);
  });
});
