import { Resolver } from "node:dns/promises";
import { formatDuration } from "../../core/units.js";
import { deadlineError } from "../common/network-error.js";
import type { Deadline } from "../common/open-socket.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";
import { type RecordType, type ResolvedRecord, textOf } from "./dns-answers.js";

/** How long to wait for an answer before asking again: datagrams get lost. The deadline ends it all. */
const resendAfterMs = 1000;
const tries = 4;

export interface Question {
  readonly name: string;
  readonly type: RecordType;
  /** `IP` or `IP:PORT`; undefined: the servers of this machine. */
  readonly server: string | undefined;
}

export interface Lookup {
  /** Sorted, since servers shuffle them. */
  readonly answers: readonly string[];
  /** Who was asked. */
  readonly servers: string;
}

/**
 * Asks DNS itself, without /etc/hosts and without search domains.
 *
 * @throws CheckError `name_not_found`, `no_records`, `server_error`, `query_refused`, `server_unreachable`, `invalid_answer`,
 * `timeout`.
 */
export async function lookUp({ name, type, server }: Question, { clock, signal }: Deadline): Promise<Lookup> {
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  // A new one each time: it reads /etc/resolv.conf, which changes while the process runs.
  const resolver = new Resolver({ timeout: resendAfterMs, tries });
  if (server !== undefined) resolver.setServers([server]);
  const servers = resolver.getServers().join(", ") || "no server";
  const onAbort = () => resolver.cancel();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const answer = resolver.resolve(name, type);
    if (signal.aborted) onAbort();
    const records = (await answer) as readonly ResolvedRecord[];
    return { answers: records.map(textOf).sort(), servers };
  } catch (error) {
    if (signal.aborted) throw deadlineError(servers, `no answer for ${name} (${type})`, elapsedMs());
    throw lookupError(error, { name, type }, servers, elapsedMs());
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface Translation {
  readonly reason: Reason;
  /** After who was asked: `127.0.0.1 …`. */
  readonly what: string;
  readonly remedy: string;
}

/** By the codes of c-ares, as Node's documentation lists them. */
const translations: Readonly<Record<string, Translation>> = {
  ENOTFOUND: {
    reason: "name_not_found",
    what: "knows no such name",
    remedy: "look for a typing error: the whole name is needed, search domains are not tried",
  },
  ENODATA: {
    reason: "no_records",
    what: "knows the name, but has no such record",
    remedy: "see what it has: `record`",
  },
  ESERVFAIL: { reason: "server_error", what: "says that it failed", remedy: "see the log of the DNS server" },
  EREFUSED: {
    reason: "query_refused",
    what: "refuses to answer",
    remedy: "see whether the DNS server serves this name and this client",
  },
  ECONNREFUSED: {
    reason: "server_unreachable",
    what: "cannot be reached",
    remedy: "see whether a DNS server runs at this address",
  },
  ETIMEOUT: { reason: "timeout", what: "does not answer", remedy: "see whether a DNS server runs at this address" },
};

const invalidAnswer: Translation = {
  reason: "invalid_answer",
  what: "answers what makes no sense",
  remedy: "see whether this is a DNS server",
};

function lookupError(error: unknown, { name, type }: Omit<Question, "server">, servers: string, afterMs: number) {
  const { code = "" } = error as NodeJS.ErrnoException;
  const { reason, what, remedy } =
    (Object.hasOwn(translations, code) ? translations[code] : undefined) ?? invalidAnswer;
  const message = `${servers} ${what}, asked for ${name} (${type}), after ${formatDuration(afterMs)}`;
  return new CheckError({ reason, message, remedy, cause: error });
}
