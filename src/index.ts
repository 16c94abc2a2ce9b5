// For the options of check types of your own: another copy of it would do, and one is here already.
export { z } from "zod";
export type {
  CheckDeclaration,
  DeclaredAnswer,
  DeclaredCheck,
  DeclaredObservation,
  DeclaredResult,
  OptionsSchema,
} from "./checks/check-type.js";
export { amount, duration, mapping, percent, size } from "./checks/options.js";
export type { ClientTls } from "./client/channel.js";
export { HealthClient, type HealthClientOptions, type HealthUpdate } from "./client/health-client.js";
export { type GrpcStatusName, HealthClientError } from "./client/health-client-error.js";
export { type WaitOptions, waitUntilServing } from "./client/wait-until-serving.js";
export { type Answer, type Check, CheckError, type Schedule } from "./core/check.js";
export type { Clock } from "./core/clock.js";
export type { DecidedBy } from "./core/evaluation.js";
export type { Component } from "./core/registry.js";
export type { ReloadOutcome } from "./core/reload.js";
export type { Report } from "./core/report.js";
export {
  type Fault,
  healthy,
  type LabelledValue,
  lost,
  type Observation,
  present,
  type Reading,
  type ReadingDeclaration,
  type Readings,
  type Result,
  type Series,
  type Subject,
  type Unit,
  unsupported,
} from "./core/result.js";
export type { ServingStatus, Status, Verdict } from "./core/status.js";
export { ConfigurationError } from "./library/configuration.js";
export type { CheckInput, ComponentInput, ConfigurationInput, SectionInput } from "./library/configuration-input.js";
export { createHealth, type HealthOptions } from "./library/create-health.js";
export { type CheckDefinition, type CheckTools, type DefinedCheck, defineCheck } from "./library/define-check.js";
export type { ComponentChange, HealthEvents } from "./library/events.js";
export type { GuardOptions } from "./library/guards/admission.js";
export { grpcGuard } from "./library/guards/grpc-guard.js";
export {
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifyGuard,
  type HttpGuard,
  type HttpGuardOptions,
  httpGuard,
} from "./library/guards/http-guard.js";
export type { ApplicationLoad, Health, StatusOptions } from "./library/health.js";
export type { LogLine } from "./library/log.js";
export { RequestRate } from "./library/request-rate.js";
export type { ServiceHost } from "./outputs/grpc/mount.js";
export type { Next, Router, RouterOptions } from "./outputs/http/router.js";
export type { HostRegistry } from "./outputs/metrics/metrics.js";
export type { HealthStatus } from "./proto/health.js";
export type { OrcaLoadReport } from "./proto/orca.js";
export type { Addresses } from "./runtime/server.js";
