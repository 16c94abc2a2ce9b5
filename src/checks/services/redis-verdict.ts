import { healthy, present, unsupported } from "../../core/result.js";
import { formatAgainst, formatBytes, formatDuration, formatPercent } from "../../core/units.js";
import type { Result } from "../result.js";
import { type Problem, worstOf } from "./problem.js";
import type { RedisClusterInfo, RedisInfo } from "./redis-info.js";
import { judgeShare, type ShareLimits } from "./share-limits.js";

export interface RedisExpectations {
  readonly role?: "primary" | "replica" | undefined;
  readonly memory?: ShareLimits | undefined;
}

/** What one run found. */
export interface RedisFindings {
  readonly info: RedisInfo;
  /** Of a cluster only. */
  readonly cluster: RedisClusterInfo | undefined;
  readonly pingMs: number;
  /** `MISCONF …`: writes are refused until the data can be saved again. */
  readonly refusesWrites: boolean;
}

/** What keys are divided among in every cluster. */
const clusterSlots = 16_384;

export function judgeRedis(where: string, found: RedisFindings, expected: RedisExpectations): Result {
  const { info, cluster, pingMs } = found;
  const problem = worstOf([
    info.isLoading ? loadingProblem(where) : undefined,
    cluster === undefined ? undefined : clusterProblem(where, cluster),
    roleProblem(where, info, expected.role),
    memoryProblem(where, info, expected.memory),
    info.isLinked === false ? linkProblem(where) : undefined,
    persistenceProblem(where, found),
  ]);
  const { usedMemoryBytes, maxMemoryBytes } = info;
  const readings = {
    usedMemoryBytes: present(usedMemoryBytes),
    maxMemoryBytes: maxMemoryBytes === undefined ? unsupported : present(maxMemoryBytes),
    clients: present(info.clients),
    pingSeconds: present(pingMs / 1000),
    ...(cluster === undefined ? {} : { clusterSlotsOk: present(cluster.slotsOk) }),
  };
  const metadata = {
    version: info.version,
    role: info.role,
    evictionPolicy: info.evictionPolicy,
    ...(cluster === undefined ? {} : { clusterState: cluster.state, clusterNodes: cluster.nodes }),
  };
  const limit = maxMemoryBytes === undefined ? "without a limit" : `of ${formatBytes(maxMemoryBytes)}`;
  const used = `${formatBytes(usedMemoryBytes)} used ${limit}`;
  const message = `${where}: the ${info.role} answered in ${formatDuration(pingMs)}, ${used}`;
  return { ...(problem ?? healthy(message)), readings, metadata };
}

const loadingProblem = (where: string): Problem => ({
  status: "unhealthy",
  reason: "loading",
  message: `${where}: the server is still reading its data from disk`,
  remedy: "wait until it has",
});

function clusterProblem(where: string, { state, slotsOk }: RedisClusterInfo): Problem | undefined {
  const remedy = "see which nodes are gone (CLUSTER NODES, CLUSTER SHARDS), and bring them or a replica back";
  const slots = `${slotsOk} of ${clusterSlots} slots are served`;
  if (state !== "ok") {
    return {
      status: "unhealthy",
      reason: "cluster_down",
      message: `${where}: the cluster's state is ${state}, ${slots}`,
      remedy,
    };
  }
  if (slotsOk >= clusterSlots) return undefined;
  return { status: "degraded", reason: "cluster_slots_missing", message: `${where}: ${slots}`, remedy };
}

function roleProblem(where: string, { role }: RedisInfo, expected: RedisExpectations["role"]): Problem | undefined {
  if (expected === undefined || role === expected) return undefined;
  return {
    status: "unhealthy",
    reason: "wrong_role",
    message: `${where} is a ${role}, expected a ${expected}`,
    remedy: "see whether there was a failover, and where the name of the server leads now",
  };
}

const defaultLimits: ShareLimits = { degraded: 0.9 };

/** A cache that may evict any key is full by design: then only limits that are configured count. */
function memoryProblem(where: string, info: RedisInfo, configured: ShareLimits | undefined): Problem | undefined {
  const { usedMemoryBytes, maxMemoryBytes, evictionPolicy } = info;
  const limits = configured ?? (evictionPolicy.startsWith("allkeys-") ? undefined : defaultLimits);
  if (maxMemoryBytes === undefined || limits === undefined) return undefined;
  const ratio = usedMemoryBytes / maxMemoryBytes;
  const reached = judgeShare(ratio, limits);
  if (reached === undefined) return undefined;
  const [used, limit] = formatAgainst(ratio, reached.limit, formatPercent);
  const bytes = `${formatBytes(usedMemoryBytes)} of ${formatBytes(maxMemoryBytes)}`;
  return {
    status: reached.status,
    reason: "insufficient_memory",
    message: `${where}: ${used} of maxmemory used (${bytes}, ${evictionPolicy}), less than ${limit} expected`,
    remedy: "delete keys, raise maxmemory, or let the server evict keys (maxmemory-policy)",
  };
}

const linkProblem = (where: string): Problem => ({
  status: "degraded",
  reason: "replication_stopped",
  message: `${where}: the replica is not connected to its primary, so what it has grows old`,
  remedy: "see whether the primary runs, and lets the replica in (masterauth)",
});

function persistenceProblem(where: string, { info, refusesWrites }: RedisFindings): Problem | undefined {
  if (info.persistenceErrors.length === 0 && !refusesWrites) return undefined;
  const failed = info.persistenceErrors.length > 0 ? ` (${info.persistenceErrors.join(", ")})` : "";
  return {
    status: "degraded",
    reason: "persistence_failed",
    message: `${where}: the server could not save its data${failed}${refusesWrites ? ", and refuses writes" : ""}`,
    remedy: "see the server's log, and whether its disk has space and its memory leaves room to fork",
  };
}
