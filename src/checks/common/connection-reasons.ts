import type { ReasonGroup } from "../../core/reason.js";

export const connectionReasons = {
  title: "Connections",
  reasons: {
    connection_failed: {
      means: "The connection failed for a cause that has no reason of its own; the message has the system's words.",
      look: "Look up those words, and see whether anything else on this machine reaches the address.",
    },
    connection_refused: {
      means: "Nothing listens at the address: the program is down, still starting, or on another port.",
      look: "See on the other machine whether it runs, and on which address it listens (`ss -ltnp`).",
    },
    connection_reset: {
      means: "The other side broke the connection off in the middle.",
      look: "See its log for a crash or a restart, and whether it expects TLS where none is spoken.",
    },
    connection_timeout: {
      means: "The system gave up connecting: packets are lost on the way, or dropped by a firewall.",
      look: "See whether the host is up, and what firewalls and network policies lie between.",
    },
    host_unreachable: {
      means: "No way leads to the host from this machine.",
      look: "See whether the host is up, and the routes and addresses of this machine (`ip route get`).",
    },
    name_not_resolved: {
      means: "The host's name leads to no address: it is unknown, or DNS does not answer.",
      look: "`getent hosts NAME` in the same container. Many checks at once point to the DNS server.",
    },
    permission_denied: {
      means: "This check may not do what it must: open a socket here, or read something on the server.",
      look: "The message names what was denied. See whether rights or credentials changed lately.",
    },
    socket_not_found: {
      means: "There is no Unix socket at the path.",
      look: "See whether the program runs, and whether the folder of the socket is mounted in this container.",
    },
    too_many_open_files: {
      means:
        "A process has no file descriptors left, or fewer than it should: gpu-health itself, or one that is watched.",
      look: "`ls /proc/PID/fd | wc -l` against its limit: something leaks files or connections.",
    },
  },
} as const satisfies ReasonGroup;
