// Original file: proto/grpc/health/v1/health.proto


export interface HealthCheckRequest {
  /**
   * The component asked about. Empty asks about everything that traffic depends on.
   */
  'service'?: (string);
}

export interface HealthCheckRequest__Output {
  /**
   * The component asked about. Empty asks about everything that traffic depends on.
   */
  'service': (string);
}
