import type { ReasonGroup } from "../../core/reason.js";

export const etcdReasons = {
  title: "etcd",
  reasons: {
    alarm_corrupt: {
      means: "etcd found that the data of its members differ, and takes no writes.",
      look: "Find the member that differs and replace it. Do not disarm the alarm before that.",
    },
    alarm_no_space: {
      means: "etcd's database reached its quota: it takes no writes until it was made smaller.",
      look: "Compact and defragment, then disarm the alarm; see what writes so much.",
    },
    alarm_raised: {
      means: "etcd raised an alarm that this version does not know.",
      look: "etcd's documentation of the alarm that the message names.",
    },
    database_nearly_full: {
      means: "etcd's database comes close to its quota, at which it takes no writes any more.",
      look: "Compact and defragment soon; see what writes so much.",
    },
    member_unhealthy: {
      means: "A member of etcd answers and says it is not well. Degraded while another one is.",
      look: "Its log, and how fast its disk is: slow ones make etcd lose its leader.",
    },
    member_unreachable: {
      means: "A member of etcd does not answer, while others do.",
      look: "Whether its machine is up. One more, and a cluster of three takes no writes.",
    },
    no_leader: {
      means: "etcd has no leader: there is no majority, so nothing can be read or written safely.",
      look: "`etcdctl endpoint status --cluster`: bring back members until a majority runs.",
    },
    read_failed: {
      means: "etcd refused the small read that shows whether the user's token is taken.",
      look: "The message has etcd's words.",
    },
    several_clusters: {
      means: "The endpoints belong to different clusters.",
      look: "Correct `endpoints`; a member that was set up anew may have started a cluster of its own.",
    },
  },
} as const satisfies ReasonGroup;
