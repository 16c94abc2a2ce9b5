import type { ReasonGroup } from "../../core/reason.js";

export const databaseReasons = {
  title: "SQL databases",
  reasons: {
    database_not_found: {
      means: "The server has no database of this name, or number.",
      look: "The name in the check; then whether somebody dropped it, or this is another server.",
    },
    disk_full: {
      means: "The database cannot write: its disk, or its own limit, is full.",
      look: "Free space on the server's disk; old logs and replication slots that hold them are the usual cause.",
    },
    insufficient_connections: {
      means: "More of the server's connections are in use than is allowed: soon nobody gets one any more.",
      look: "Who holds them (pg_stat_activity, SHOW PROCESSLIST): mostly one client that leaks or has grown.",
    },
    query_failed: {
      means: "The server refused a question of the check with an error that has no reason of its own.",
      look: "The message has the server's words and its code.",
    },
    read_only: {
      means: "The server takes no writes, and the check needs one that does.",
      look: "See whether there was a failover and the name still leads to the old primary, or somebody set it so.",
    },
    replication_lag: {
      means: "A replica is further behind its primary than is allowed: what is read from it is old.",
      look: "The load on the primary, a long transaction, and the network and disk of the replica.",
    },
    replication_lag_unknown: {
      means: "How far the replica is behind cannot be told.",
      look: "See whether it has replayed anything yet, and whether the check's user may see replication.",
    },
    server_stopping: {
      means: "The server is shutting down.",
      look: "See who stopped it, and whether it comes back.",
    },
    session_hung: {
      means: "The server still works at what an earlier run of this check asked for: something in it hangs.",
      look: "What that session waits for: locks, the disk, a synchronous standby that does not confirm.",
    },
    statement_timeout: {
      means: "The server did not finish a small question or write in time.",
      look: "Locks, long transactions, and its disk.",
    },
    table_not_found: {
      means: "The table that the check writes to is not there.",
      look: "Create it as the remedy says, or correct its name.",
    },
    too_many_connections: {
      means: "The server has no connection left, so it turns this check away, and its other clients too.",
      look: "Who holds them; end what leaks before the limit is raised.",
    },
    wrong_role: {
      means: "The server is a primary where a replica is expected, or the reverse.",
      look: "See whether there was a failover, and where the name leads now.",
    },
  },
} as const satisfies ReasonGroup;
