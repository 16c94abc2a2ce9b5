import type { ReasonGroup } from "../../core/reason.js";

export const tlsReasons = {
  title: "TLS",
  about: "For checks that speak TLS.",
  reasons: {
    certificate_expired: {
      means: "The server's certificate, or one above it, has ended: clients that verify it turn away.",
      look: "Renew it, and see whether the server has loaded the new one.",
    },
    certificate_invalid: {
      means: "The certificate is for another name, or not valid yet.",
      look: "Compare the name that is connected to with the certificate's; see whether a clock is wrong.",
    },
    certificate_unreadable: {
      means: "A file that the check needs for TLS (an authority, a certificate, a key) cannot be read or used.",
      look: "See whether the secret is mounted, and holds PEM that this process may read.",
    },
    certificate_untrusted: {
      means: "The certificate comes from an authority that this check does not trust.",
      look: "See whether the authority was changed, or somebody stands in between; else name it in `tls.ca`.",
    },
    client_certificate_refused: {
      means: "The server does not accept the client certificate of this check, or misses one.",
      look: "See whether it has expired, and whom the server trusts now.",
    },
    tls_failed: {
      means: "The two sides could not agree on TLS.",
      look: "See whether the port speaks TLS at all, and which versions: `openssl s_client -connect HOST:PORT`.",
    },
  },
} as const satisfies ReasonGroup;
