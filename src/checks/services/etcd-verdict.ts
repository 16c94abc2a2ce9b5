import { present, type Readings, unsupported } from "../../core/result.js";
import { formatAgainst, formatBytes, formatPercent } from "../../core/units.js";
import type { Result } from "../result.js";
import type { AnsweringMember, EtcdMember, UnreachableMember } from "./etcd-member.js";

/** Whether a member answers reads that need a majority. */
export const isWell = (member: EtcdMember): member is AnsweringMember =>
  member.kind === "answering" && member.leaderId !== undefined && (member.health.ok || member.alarms.length > 0);

const isAnswering = (member: EtcdMember): member is AnsweringMember => member.kind === "answering";
const isUnreachable = (member: EtcdMember): member is UnreachableMember => member.kind === "unreachable";

/** What several members say of one cluster. Any of them that is well proves a majority, and so the cluster. */
export function judgeEtcd(members: readonly EtcdMember[], maxDatabaseUsed: number): Result {
  const answering = members.filter(isAnswering);
  const facts = { readings: readingsOf(members, answering), metadata: metadataOf(members, answering) };
  const alarms = [...new Set(answering.flatMap((member) => member.alarms))];
  if (alarms.length > 0) return { ...alarmed(alarms, answering), ...facts };
  const well = members.filter(isWell);
  const unwell = members.filter((member) => !isWell(member));
  if (well.length === 0) return { ...unavailable(unwell), ...facts };

  const clusters = new Set(answering.map(({ clusterId }) => clusterId));
  if (clusters.size > 1) {
    const message = `the endpoints belong to ${clusters.size} clusters: ${answering.map((each) => `${hostOf(each)} to ${each.clusterId}`).join(", ")}`;
    return { status: "unhealthy", reason: "several_clusters", message, remedy: "correct `endpoints`", ...facts };
  }
  if (unwell.length > 0) {
    const message = `etcd: ${well.length} of ${members.length} members are well: ${unwell.map(complaint).join("; ")}`;
    const remedy = "look at the log of that member: the cluster works for as long as a majority does";
    const reason = unwell.some(isUnreachable) ? "member_unreachable" : "member_unhealthy";
    return { status: "degraded", reason, message, remedy, ...facts };
  }
  return { ...judgeSpace(well, maxDatabaseUsed), ...facts };
}

/** Alarms belong to the cluster: while one is raised no member takes writes. */
function alarmed(alarms: readonly string[], answering: readonly AnsweringMember[]): Result {
  const where = answering.map(hostOf).join(", ");
  if (alarms.includes("CORRUPT")) {
    return {
      status: "unhealthy",
      reason: "alarm_corrupt",
      message: `etcd at ${where} has raised CORRUPT: the data of its members differ`,
      remedy:
        "find the member that differs (etcdctl endpoint hashkv --cluster) and replace it, then etcdctl alarm disarm",
    };
  }
  if (alarms.includes("NOSPACE")) {
    const largestBytes = Math.max(...answering.map(({ databaseBytes }) => databaseBytes));
    return {
      status: "unhealthy",
      reason: "alarm_no_space",
      message: `etcd at ${where} has raised NOSPACE and takes no writes: the database has ${formatBytes(largestBytes)}`,
      remedy: "compact and defragment (etcdctl compact, etcdctl defrag), or raise the quota; then etcdctl alarm disarm",
    };
  }
  return {
    status: "unhealthy",
    reason: "alarm_raised",
    message: `etcd at ${where} has raised ${alarms.join(", ")}`,
    remedy: "see what etcd's documentation says of this alarm; etcdctl alarm disarm takes it back",
  };
}

/** No member is well. */
function unavailable(members: readonly EtcdMember[]): Result {
  const message = `etcd: ${members.map(complaint).join("; ")}`;
  if (members.some((member) => isAnswering(member) && member.leaderId === undefined)) {
    const remedy = "bring back members until a majority of the cluster runs: etcdctl endpoint status --cluster";
    return { status: "unhealthy", reason: "no_leader", message, remedy };
  }
  if (members.some(isAnswering)) {
    const remedy = "look at the logs of the members, and at their disks: slow ones make etcd lose its leader";
    return { status: "unhealthy", reason: "member_unhealthy", message, remedy };
  }
  const { reason, remedy } = members.find(isUnreachable)?.error ?? { reason: "member_unreachable", remedy: undefined };
  return { status: "unhealthy", reason, message, ...(remedy === undefined ? {} : { remedy }) };
}

function judgeSpace(members: readonly AnsweringMember[], maxUsed: number): Result {
  const fullest = fullestOf(members);
  const where = members.map(hostOf).join(", ");
  const leader = members[0]?.leaderId;
  if (fullest === undefined) return { status: "healthy", reason: "ok", message: `etcd at ${where}: leader ${leader}` };
  const { usedRatio, databaseBytes, quotaBytes } = fullest;
  const [used, allowed] = formatAgainst(usedRatio, maxUsed, formatPercent);
  const space = `${used} of the database's quota used (${formatBytes(databaseBytes)} of ${formatBytes(quotaBytes)}), ${allowed} allowed`;
  if (usedRatio <= maxUsed) {
    return { status: "healthy", reason: "ok", message: `etcd at ${where}: leader ${leader}, ${space}` };
  }
  return {
    status: "degraded",
    reason: "database_nearly_full",
    message: `etcd at ${fullest.host}: ${space}`,
    remedy: "compact and defragment (etcdctl compact, etcdctl defrag) or raise the quota: a full etcd takes no writes",
  };
}

function fullestOf(members: readonly AnsweringMember[]) {
  return members
    .flatMap((member) => {
      const { databaseBytes, quotaBytes } = member;
      if (!quotaBytes.ok || quotaBytes.value <= 0) return [];
      const usedRatio = databaseBytes / quotaBytes.value;
      return [{ host: hostOf(member), databaseBytes, quotaBytes: quotaBytes.value, usedRatio }];
    })
    .sort((a, b) => b.usedRatio - a.usedRatio)[0];
}

function complaint(member: EtcdMember): string {
  if (member.kind === "unreachable") return member.error.message;
  if (member.leaderId === undefined) return `${hostOf(member)} knows no leader`;
  return member.health.ok ? `${hostOf(member)} is well` : `${hostOf(member)}: ${member.health.why}`;
}

function readingsOf(members: readonly EtcdMember[], answering: readonly AnsweringMember[]): Readings {
  const fullest = fullestOf(answering);
  const wellMembers = present(members.filter(isWell).length);
  if (answering.length === 0) return { wellMembers };
  return {
    wellMembers,
    databaseBytes: present(Math.max(...answering.map(({ databaseBytes }) => databaseBytes))),
    databaseQuotaBytes: fullest === undefined ? unsupported : present(fullest.quotaBytes),
    databaseUsedRatio: fullest === undefined ? unsupported : present(fullest.usedRatio),
  };
}

function metadataOf(members: readonly EtcdMember[], answering: readonly AnsweringMember[]) {
  const [first] = answering;
  const leader = answering.find(({ leaderId }) => leaderId !== undefined)?.leaderId;
  return {
    members: `${members.filter(isWell).length} of ${members.length}`,
    ...(first === undefined ? {} : { version: first.version, cluster: first.clusterId }),
    ...(leader === undefined ? {} : { leader }),
  };
}

const hostOf = ({ endpoint }: EtcdMember): string => new URL(endpoint).host;
