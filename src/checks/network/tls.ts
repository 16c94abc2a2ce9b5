import { z } from "zod";
import { formatAddress } from "../../core/address.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { readTls, tlsOptions } from "../common/tls-options.js";
import { duration, mapping, remoteAddress } from "../options.js";
import type { Check, Result } from "../result.js";
import { shakeHands } from "./tls-handshake.js";
import { judgeHandshake, tlsVersions } from "./tls-verdict.js";

const tenYearsMs = 3650 * 86_400_000;

const options = () =>
  mapping({
    address: remoteAddress().describe("What to connect to: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`."),
    warnBefore: duration({ atMostMs: tenYearsMs })
      .prefault("14d")
      .describe(
        "Degraded from this long before the first certificate ends, be it the server's own or an authority's above it.",
      ),
    minVersion: z
      .enum(tlsVersions)
      .default("TLSv1.2")
      .describe("The oldest version of TLS that may be agreed on. The newest that both sides speak is taken."),
    tls: tlsOptions().prefault({}).describe("Whom to trust, and how to be trusted."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const tls = defineCheck<Options>({
  type: "tls",
  summary: "A TLS handshake succeeds, and the certificates are trusted and do not end soon. Nothing is sent.",
  reasons: ["connections", "tls", "certificates"],
  options,
  readings: {
    handshakeSeconds: {
      metric: "tls_handshake",
      unit: "seconds",
      help: "Time until the handshake was over, connection and DNS included.",
    },
    certificateExpirySeconds: {
      metric: "tls_certificate_expiry",
      unit: "seconds",
      help: "Time until the first certificate of the chain ends; negative after its end.",
    },
  },
  create: (given, context) => new TlsCheck(given, context),
});

class TlsCheck implements Check {
  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { address, warnBefore, minVersion, tls } = this.given;
    const { clock, timeoutMs } = this.context;
    const where = formatAddress(address);
    const files = await readTls(tls, signal);
    const startedAtMs = clock.nowMs();
    const handshake = await shakeHands({ address, where }, files, { clock, signal }, timeoutMs);
    const limits = { warnBeforeMs: warnBefore, minVersion, verify: tls.verify };
    return judgeHandshake(handshake, limits, where, {
      wallMs: clock.wallMs(),
      handshakeMs: clock.nowMs() - startedAtMs,
    });
  }
}
