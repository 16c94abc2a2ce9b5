import type { CheckReason } from "../core/check-reasons.js";
import type { ReasonGroup, ReasonIn } from "../core/reason.js";
import { type GpuReason, gpuReasons, nvmlReasons } from "../gpu/reasons.js";
import { answerReasons } from "./common/answer-reasons.js";
import { commandReasons } from "./common/command-reasons.js";
import { connectionReasons } from "./common/connection-reasons.js";
import { setupReasons } from "./common/setup-reasons.js";
import { tlsReasons } from "./common/tls-reasons.js";
import { cudaReasons } from "./gpu/cuda-reasons.js";
import { cpuReasons } from "./machine/cpu-reasons.js";
import { diskReasons } from "./machine/disk-reasons.js";
import { eventLoopReasons } from "./machine/event-loop-reasons.js";
import { fileReasons } from "./machine/file-reasons.js";
import { memoryReasons } from "./machine/memory-reasons.js";
import { processReasons } from "./machine/process-reasons.js";
import { unitReasons } from "./machine/systemd-unit-reasons.js";
import { certificateReasons } from "./network/certificate-reasons.js";
import { dnsReasons } from "./network/dns-reasons.js";
import { grpcReasons } from "./network/grpc-reasons.js";
import { httpReasons } from "./network/http-reasons.js";
import { databaseReasons } from "./services/database-reasons.js";
import { etcdReasons } from "./services/etcd-reasons.js";
import { heartbeatReasons } from "./services/heartbeat-reasons.js";
import { llmReasons } from "./services/llm-reasons.js";
import { milvusReasons } from "./services/milvus-reasons.js";
import { modelReasons } from "./services/model-reasons.js";
import { postgresReasons } from "./services/postgres-reasons.js";
import { pulsarReasons } from "./services/pulsar-reasons.js";
import { redisReasons } from "./services/redis-reasons.js";
import { s3Reasons } from "./services/s3-reasons.js";

/** What checks may give as a reason, beside what every check can have and the faults of GPUs. One line each subject. */
export const reasonGroups = {
  gpus: gpuReasons,
  nvml: nvmlReasons,
  cuda: cudaReasons,
  connections: connectionReasons,
  tls: tlsReasons,
  answers: answerReasons,
  http: httpReasons,
  grpc: grpcReasons,
  dns: dnsReasons,
  certificates: certificateReasons,
  databases: databaseReasons,
  postgres: postgresReasons,
  redis: redisReasons,
  etcd: etcdReasons,
  s3: s3Reasons,
  pulsar: pulsarReasons,
  milvus: milvusReasons,
  models: modelReasons,
  llm: llmReasons,
  heartbeats: heartbeatReasons,
  commands: commandReasons,
  processes: processReasons,
  units: unitReasons,
  memory: memoryReasons,
  cpu: cpuReasons,
  eventLoop: eventLoopReasons,
  disks: diskReasons,
  files: fileReasons,
  setup: setupReasons,
} as const satisfies Readonly<Record<string, ReasonGroup>>;

export type ReasonGroupName = keyof typeof reasonGroups;

/** The reasons that are declared in a group. */
export type GroupedReason = ReasonIn<(typeof reasonGroups)[ReasonGroupName]>;

/** Every reason that a check of a built-in type may give. A new one is declared in the group of its subject. */
export type Reason = GroupedReason | GpuReason | CheckReason;
