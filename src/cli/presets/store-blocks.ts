import type { Block } from "./block.js";

/** Databases and stores, each where it listens by default on this host. */

export const milvusBlock: Block = {
  name: "milvus",
  type: "milvus",
  importance: "critical",
  comment: ["Milvus says that it is healthy. Name the collections that must be loaded, and hold something."],
  options: ["address: 127.0.0.1:19530", "# collections: [documents]", "# token: file:/run/secrets/milvus-token"],
};

export const etcdBlock: Block = {
  name: "etcd",
  type: "etcd",
  importance: "critical",
  comment: ["Milvus keeps its metadata in etcd: a leader is there, and no alarm was raised."],
  options: ["endpoints: [http://127.0.0.1:2379]"],
};

export const minioBlock: Block = {
  name: "object-store",
  type: "http",
  importance: "critical",
  comment: [
    "Milvus keeps its segments in MinIO. Type s3 proves more: that the bucket is there, and the keys reach it.",
  ],
  options: ["url: http://127.0.0.1:9000/minio/health/ready"],
};

export const redisBlock: Block = {
  name: "cache",
  type: "redis",
  importance: "optional",
  comment: ["Without the cache answers are slow, not wrong: name it under `critical` if that is not so."],
  options: ["url: redis://127.0.0.1:6379", "# password: file:/run/secrets/redis-password"],
  address: "127.0.0.1:6379",
};

export const postgresBlock: Block = {
  name: "postgres",
  type: "postgres",
  importance: "critical",
  comment: ["A query over a kept connection. Give it a user of its own, which needs no rights but to connect."],
  options: ["url: postgres://gpu_health@127.0.0.1:5432/postgres", "# password: file:/run/secrets/postgres-password"],
  address: "127.0.0.1:5432",
};
