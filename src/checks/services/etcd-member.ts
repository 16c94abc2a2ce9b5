import { z } from "zod";
import { lost, present, type Reading, unsupported } from "../../core/result.js";
import { displayedUrl } from "../common/http-message.js";
import { exchange } from "../common/http-request.js";
import { urlBelow } from "../common/http-url.js";
import { exchangeJson } from "../common/json-request.js";
import type { Deadline } from "../common/open-socket.js";
import { CheckError } from "../result.js";
import { type EtcdEndpoint, type EtcdUser, isLoginMissing } from "./etcd-user.js";

/**
 * One member of etcd, asked over HTTP: `/health`, and the Status of its JSON gateway. Both are alike in 3.4, 3.5 and 3.6,
 * and Status names the alarms of the whole cluster too. Where authentication is on, Status takes a login in late releases.
 */

export type EtcdMember = UnreachableMember | AnsweringMember;

export interface UnreachableMember {
  readonly kind: "unreachable";
  readonly endpoint: string;
  readonly error: CheckError;
}

export interface AnsweringMember {
  readonly kind: "answering";
  readonly endpoint: string;
  /** As the member itself says after a read that needs a majority. */
  readonly health: { readonly ok: true } | { readonly ok: false; readonly why: string };
  readonly version: string;
  /** Hexadecimal, as etcdctl writes it. */
  readonly memberId: string;
  readonly clusterId: string;
  readonly leaderId: string | undefined;
  /** Such as `NOSPACE` and `CORRUPT`. */
  readonly alarms: readonly string[];
  readonly databaseBytes: number;
  readonly quotaBytes: Reading<number>;
}

/** JSON has the numbers of 64 bits as texts, and leaves out those that are 0. */
const id = z.coerce
  .bigint()
  .default(0n)
  .transform((value) => value.toString(16));
const bytes = z.coerce.number();

const statusAnswer = z.object({
  header: z.object({ cluster_id: id, member_id: id }),
  version: z.string(),
  dbSize: bytes,
  /** From 3.6 on. */
  dbSizeQuota: bytes.optional(),
  leader: id,
  errors: z.array(z.string()).default([]),
});

const healthAnswer = z.object({ health: z.string(), reason: z.string().optional() });

/** Never rejects for what the network or the member does: that is the state of the member. */
export async function readMember(
  { endpoint, tls }: EtcdEndpoint,
  quotas: KnownQuotas,
  user: EtcdUser | undefined,
  deadline: Deadline,
): Promise<EtcdMember> {
  const [health, status] = await Promise.allSettled([
    readHealth({ endpoint, tls }, deadline),
    readStatus({ endpoint, tls }, user, deadline),
  ]);
  if (status.status === "rejected") {
    quotas.forget(endpoint);
    if (status.reason instanceof CheckError) return { kind: "unreachable", endpoint, error: status.reason };
    throw status.reason;
  }
  const { header, version, dbSize, dbSizeQuota, leader, errors } = status.value;
  return {
    kind: "answering",
    endpoint,
    health: health.status === "fulfilled" ? health.value : { ok: false, why: String(health.reason?.message) },
    version,
    memberId: header.member_id,
    clusterId: header.cluster_id,
    leaderId: leader === "0" ? undefined : leader,
    alarms: errors.flatMap((error) => /\balarm:\s*(\w+)/.exec(error)?.[1] ?? []),
    databaseBytes: dbSize,
    quotaBytes: dbSizeQuota === undefined ? await quotas.read({ endpoint, tls }, deadline) : present(dbSizeQuota),
  };
}

async function readHealth({ endpoint, tls }: EtcdEndpoint, deadline: Deadline): Promise<AnsweringMember["health"]> {
  const url = urlBelow(endpoint, "/health");
  const { status, json, said } = await exchangeJson({ url, method: "GET", headers: {}, tls }, deadline);
  const answer = healthAnswer.safeParse(json);
  if (answer.success && answer.data.health === "true") return { ok: true };
  const why = answer.data?.reason ?? "";
  return { ok: false, why: why === "" ? `/health answered ${status}: ${said}` : `/health says ${why}` };
}

async function readStatus(
  member: EtcdEndpoint,
  user: EtcdUser | undefined,
  deadline: Deadline,
): Promise<z.output<typeof statusAnswer>> {
  const url = urlBelow(member.endpoint, "/v3/maintenance/status");
  const ask = () => {
    const headers = user?.headersFor(member) ?? {};
    return exchangeJson({ url, method: "POST", headers, body: {}, tls: member.tls }, deadline, Object.values(headers));
  };
  let response = await ask();
  if (isLoginMissing(response) && user !== undefined) {
    await user.logIn(member, deadline);
    response = await ask();
  }
  const { status, json, said } = response;
  const where = displayedUrl(url);
  if (isLoginMissing(response)) {
    const remedy = "give username and password of any user of etcd";
    const message = `${where} answered ${status}: ${said}`;
    throw new CheckError({ reason: "authentication_failed", message, remedy });
  }
  if (status !== 200)
    throw new CheckError({ reason: "unexpected_status", message: `${where} answered ${status}: ${said}` });
  const answer = statusAnswer.safeParse(json);
  if (answer.success) return answer.data;
  throw new CheckError({
    reason: "invalid_answer",
    message: `${where} answered what is no status of an etcd member`,
    remedy: "see whether the endpoint is a client URL of etcd 3.4 or later, with its gRPC gateway on",
    cause: answer.error,
  });
}

/** The quota changes with a restart only, and before 3.6 it is in a page of metrics of 150 kB. */
const quotaValidMs = 300_000;

/** The quotas of members before 3.6, read once in a while. */
export class KnownQuotas {
  private readonly known = new Map<string, { readonly quota: Reading<number>; readonly readAtMs: number }>();

  async read({ endpoint, tls }: EtcdEndpoint, deadline: Deadline): Promise<Reading<number>> {
    const nowMs = deadline.clock.nowMs();
    const known = this.known.get(endpoint);
    if (known !== undefined && nowMs - known.readAtMs < quotaValidMs) return known.quota;
    const url = urlBelow(endpoint, "/metrics");
    const request = { url, method: "GET", headers: {}, body: undefined, tls, keepBodyBytes: 1024 * 1024 };
    const response = await exchange(request, deadline).catch(() => undefined);
    if (response === undefined) return lost;
    const [, value] = /^etcd_server_quota_backend_bytes (\S+)$/m.exec(response.bodyStart) ?? [];
    const quota = value === undefined ? unsupported : present(Number(value));
    this.known.set(endpoint, { quota, readAtMs: nowMs });
    return quota;
  }

  forget(endpoint: string): void {
    this.known.delete(endpoint);
  }
}
