import type { AnyCheckType } from "./check-type.js";
import { cuda } from "./gpu/cuda.js";
import { gpu } from "./gpu/gpu.js";
import { cpu } from "./machine/cpu.js";
import { disk } from "./machine/disk.js";
import { eventLoop } from "./machine/event-loop.js";
import { exec } from "./machine/exec.js";
import { file } from "./machine/file.js";
import { memory } from "./machine/memory.js";
import { processType } from "./machine/process.js";
import { systemdUnit } from "./machine/systemd-unit.js";
import { dns } from "./network/dns.js";
import { grpc } from "./network/grpc.js";
import { http } from "./network/http.js";
import { tcp } from "./network/tcp.js";
import { tls } from "./network/tls.js";
import { etcd } from "./services/etcd.js";
import { heartbeat } from "./services/heartbeat.js";
import { llm } from "./services/llm.js";
import { milvus } from "./services/milvus.js";
import { model } from "./services/model.js";
import { mysql } from "./services/mysql.js";
import { postgres } from "./services/postgres.js";
import { pulsar } from "./services/pulsar.js";
import { redis } from "./services/redis.js";
import { s3 } from "./services/s3.js";

/** Every check type, one line each. */
export const catalogue: readonly AnyCheckType[] = [
  gpu,
  cuda,
  http,
  tcp,
  tls,
  grpc,
  exec,
  postgres,
  mysql,
  redis,
  etcd,
  s3,
  pulsar,
  milvus,
  llm,
  model,
  dns,
  file,
  disk,
  memory,
  cpu,
  systemdUnit,
  heartbeat,
  eventLoop,
  processType,
];
