// Original file: proto/grpc/health/v1/health.proto


// Original file: proto/grpc/health/v1/health.proto

export const _grpc_health_v1_HealthCheckResponse_ServingStatus = {
  /**
   * Not every critical check has answered yet.
   */
  UNKNOWN: 'UNKNOWN',
  /**
   * Healthy or degraded: traffic may flow.
   */
  SERVING: 'SERVING',
  /**
   * Unhealthy, draining or shutting down.
   */
  NOT_SERVING: 'NOT_SERVING',
  /**
   * Only in Watch: no such component at present.
   */
  SERVICE_UNKNOWN: 'SERVICE_UNKNOWN',
} as const;

export type _grpc_health_v1_HealthCheckResponse_ServingStatus =
  /**
   * Not every critical check has answered yet.
   */
  | 'UNKNOWN'
  | 0
  /**
   * Healthy or degraded: traffic may flow.
   */
  | 'SERVING'
  | 1
  /**
   * Unhealthy, draining or shutting down.
   */
  | 'NOT_SERVING'
  | 2
  /**
   * Only in Watch: no such component at present.
   */
  | 'SERVICE_UNKNOWN'
  | 3

export type _grpc_health_v1_HealthCheckResponse_ServingStatus__Output = typeof _grpc_health_v1_HealthCheckResponse_ServingStatus[keyof typeof _grpc_health_v1_HealthCheckResponse_ServingStatus]

export interface HealthCheckResponse {
  'status'?: (_grpc_health_v1_HealthCheckResponse_ServingStatus);
}

export interface HealthCheckResponse__Output {
  'status': (_grpc_health_v1_HealthCheckResponse_ServingStatus__Output);
}
