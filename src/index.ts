export type {
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
export { CheckError, type Schedule } from "./core/check.js";
export type { Clock } from "./core/clock.js";
export type { ReloadOutcome } from "./core/reload.js";
export type { Report } from "./core/report.js";
export {
  healthy,
  type LabelledValue,
  lost,
  present,
  type Reading,
  type ReadingDeclaration,
  type Subject,
  type Unit,
  unsupported,
} from "./core/result.js";
export type { ServingStatus, Status, Verdict } from "./core/status.js";
export type { Component } from "./library/component.js";
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
  httpGuard,
} from "./library/guards/http-guard.js";
export type { ApplicationLoad, Health, StatusOptions } from "./library/health.js";
export type { LogLine } from "./library/log.js";
