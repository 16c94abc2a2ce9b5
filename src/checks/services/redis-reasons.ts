import type { ReasonGroup } from "../../core/reason.js";

export const redisReasons = {
  title: "Redis",
  reasons: {
    cluster_down: {
      means: "The cluster takes no requests: too many of its nodes are gone.",
      look: "`CLUSTER NODES`: bring back the primaries that are missing, or a replica of each.",
    },
    cluster_slots_missing: {
      means: "Some of the cluster's keys belong to no node that works; requests for the others are served.",
      look: "`CLUSTER SHARDS` shows which node is missing.",
    },
    loading: {
      means: "The server was started and still reads its data from disk.",
      look: "Wait; `INFO persistence` tells how long. Then see why it was restarted.",
    },
    not_a_cluster: {
      means: "The server is no node of a cluster, and the check takes it for one.",
      look: "The configuration of the check: `url` in place of `cluster`.",
    },
    not_a_sentinel: {
      means: "The server is no sentinel, and the check takes it for one.",
      look: "The port: sentinels listen on 26379 by default.",
    },
    persistence_failed: {
      means: "The server could not save its data: what was written since then is lost if it ends now.",
      look: "Its log, the space on its disk, and whether its memory leaves room to fork.",
    },
    primary_not_found: {
      means: "The sentinels know no primary by this name.",
      look: "`masterName` against `sentinel monitor` in their configuration.",
    },
    replication_stopped: {
      means: "The replica gets nothing from its primary any more, so what it has grows old.",
      look: "See whether the primary runs and lets the replica in, and the replica's log.",
    },
    script_running: {
      means: "A script blocks the server, which answers nobody else.",
      look: "See which client sent it; `SCRIPT KILL` ends it if it has written nothing.",
    },
  },
} as const satisfies ReasonGroup;
