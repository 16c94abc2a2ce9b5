export {
  HealthImplementation,
  protoPath,
  type ServingStatus,
  type ServingStatusMap,
  service,
} from "./library/grpc-health-check/health-implementation.js";
export type { ServiceHost } from "./outputs/grpc/mount.js";
