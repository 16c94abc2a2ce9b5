import type { ReasonGroup } from "../../core/reason.js";

export const answerReasons = {
  title: "Answers of servers",
  about: "What servers of several kinds can answer. Each type gives those that it is named beside.",
  reasons: {
    authentication_failed: {
      means: "The server does not know the check's user, or refuses its password, key or token.",
      look: "See whether credentials were changed on one side only. The service itself may have the same trouble.",
    },
    http2_not_offered: {
      means: "The server does not speak HTTP/2 over TLS at this address.",
      look: "See whether it is the right port, and whether a proxy in front has HTTP/2 switched off.",
    },
    invalid_answer: {
      means: "Something answers, and not as a server of this kind does.",
      look: "See what really listens at the address: another program, a proxy, an unknown version.",
    },
    invalid_redirect: {
      means: "The server redirects to what is no address that could be asked.",
      look: "See which addresses the server, or a proxy in front of it, takes for its own.",
    },
    protocol_error: {
      means: "What came back breaks the protocol.",
      look: "See whether another program listens there, or TLS is spoken on one side only.",
    },
    rpc_failed: {
      means: "The gRPC call failed with a status that has no reason of its own.",
      look: "The message has the status; the server's log says more.",
    },
    server_error: {
      means: "The server answers that it failed.",
      look: "Its log at that time.",
    },
    too_many_redirects: {
      means: "One address redirects to the next without an end.",
      look: "Follow them by hand (`curl -vL`): two of them mostly point at each other.",
    },
    unavailable: {
      means: "The server answers UNAVAILABLE: it is starting, stopping or overloaded.",
      look: "Wait a moment; where it stays so, its log.",
    },
    unexpected_status: {
      means: "The HTTP status is none of those that count as healthy.",
      look: "The message has the status and the beginning of the body: 5xx is the server, 4xx mostly the configuration.",
    },
  },
} as const satisfies ReasonGroup;
