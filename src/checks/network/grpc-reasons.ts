import type { ReasonGroup } from "../../core/reason.js";

export const grpcReasons = {
  title: "gRPC",
  reasons: {
    health_service_missing: {
      means: "The server speaks gRPC and does not serve grpc.health.v1.",
      look: "Register the health service in it, or check it in another way.",
    },
    not_grpc: {
      means: "What answers is no gRPC server.",
      look: "The port: the HTTP port beside it, or a proxy without HTTP/2, answers like this.",
    },
    not_serving: {
      means: "The server says itself that the service does not serve.",
      look: "That server: its log or its own health page has the reason, which gRPC cannot carry.",
    },
    service_not_found: {
      means: "The server knows no service of this name.",
      look: "The spelling of `service`; `grpcurl` lists what it has.",
    },
    status_unknown: {
      means: "The server does not know its own status yet.",
      look: "Wait for its start to end; where it stays so, its log.",
    },
  },
} as const satisfies ReasonGroup;
