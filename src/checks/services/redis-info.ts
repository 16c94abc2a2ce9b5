import { z } from "zod";

/** `name:value` lines, as INFO and CLUSTER INFO give them. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

const wholeNumber = z
  .string()
  .regex(/^[0-9]+$/)
  .transform(Number);
const flag = z.enum(["0", "1"]).transform((value) => value === "1");

const info = z.object({
  redis_version: z.string(),
  role: z.enum(["master", "slave"]),
  used_memory: wholeNumber,
  maxmemory: wholeNumber,
  maxmemory_policy: z.string(),
  connected_clients: wholeNumber,
  loading: flag,
  rdb_last_bgsave_status: z.string(),
  aof_last_bgrewrite_status: z.string(),
  aof_last_write_status: z.string(),
  /** Of a replica only. */
  master_link_status: z.string().optional(),
});

/** What a server says of itself: https://redis.io/docs/latest/commands/info/ */
export interface RedisInfo {
  readonly version: string;
  readonly role: "primary" | "replica";
  readonly usedMemoryBytes: number;
  /** Undefined: no limit. */
  readonly maxMemoryBytes: number | undefined;
  readonly evictionPolicy: string;
  readonly clients: number;
  readonly isLoading: boolean;
  /** What of the persistence failed the last time: `rdb_last_bgsave_status`. */
  readonly persistenceErrors: readonly string[];
  /** Whether a replica is connected to its primary; undefined for a primary. */
  readonly isLinked: boolean | undefined;
}

/** Undefined where it is not what Redis gives. */
export function readRedisInfo(text: string): RedisInfo | undefined {
  const { data } = info.safeParse(Object.fromEntries(parseInfo(text)));
  if (data === undefined) return undefined;
  const persistence = {
    rdb_last_bgsave_status: data.rdb_last_bgsave_status,
    aof_last_bgrewrite_status: data.aof_last_bgrewrite_status,
    aof_last_write_status: data.aof_last_write_status,
  };
  return {
    version: data.redis_version,
    role: data.role === "master" ? "primary" : "replica",
    usedMemoryBytes: data.used_memory,
    maxMemoryBytes: data.maxmemory === 0 ? undefined : data.maxmemory,
    evictionPolicy: data.maxmemory_policy,
    clients: data.connected_clients,
    isLoading: data.loading,
    persistenceErrors: Object.entries(persistence)
      .filter(([, status]) => status !== "ok")
      .map(([name]) => name),
    isLinked: data.role === "master" ? undefined : data.master_link_status === "up",
  };
}

const cluster = z.object({
  cluster_state: z.string(),
  cluster_slots_ok: wholeNumber,
  cluster_known_nodes: wholeNumber,
});

/** What a node says of its cluster: https://redis.io/docs/latest/commands/cluster-info/ */
export interface RedisClusterInfo {
  readonly state: string;
  readonly slotsOk: number;
  readonly nodes: number;
}

/** Undefined where it is not what Redis gives. */
export function readClusterInfo(text: string): RedisClusterInfo | undefined {
  const { data } = cluster.safeParse(Object.fromEntries(parseInfo(text)));
  if (data === undefined) return undefined;
  return { state: data.cluster_state, slotsOk: data.cluster_slots_ok, nodes: data.cluster_known_nodes };
}
