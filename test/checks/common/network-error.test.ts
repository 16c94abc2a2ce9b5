import { describe, expect, it } from "vitest";
import { networkError } from "../../../src/checks/common/network-error.js";

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

  it("keeps the words of the system where it has none of its own", () => {
    expect(networkError(withCode("EWHATEVER"), "a:1", 2).message).toContain("native words for EWHATEVER");
  });
});
