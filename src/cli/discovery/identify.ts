import { z } from "zod";
import type { Block } from "../presets/block.js";
import {
  kserveBlock,
  llmBlock,
  sglangBlock,
  tgiBlock,
  torchserveBlock,
  tritonBlock,
  vllmBlock,
} from "../presets/server-blocks.js";
import { etcdBlock, milvusBlock, minioBlock, postgresBlock, redisBlock } from "../presets/store-blocks.js";
import { accepts, askBytes, askJson, askText, localUrl } from "./ask.js";

/** The check for what listens at a port of this machine; undefined where nothing does, or nothing that is known. */
export type Identify = (port: number) => Promise<Block | undefined>;

const openInference = z.object({ name: z.string(), extensions: z.array(z.string()) });
const repositoryIndex = z.array(z.object({ name: z.string(), state: z.string().optional() }));
const modelList = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string().optional() })) });
const tgiInfo = z.object({ model_id: z.string(), max_total_tokens: z.number().optional(), version: z.string() });
const torchservePing = z.object({ status: z.string() });

/** A model server: each kind has a page that no other kind has. */
export const identifyModelServer: Identify = async (port) => {
  const url = localUrl(port);
  const [inference, models, info, ping] = await Promise.all([
    read(openInference, `${url}/v2`),
    read(modelList, `${url}/v1/models`),
    read(tgiInfo, `${url}/info`),
    read(torchservePing, `${url}/ping`),
  ]);
  if (inference !== undefined) {
    return inference.name === "triton" ? tritonBlock({ url, model: await onlyTritonModel(url) }) : kserveBlock({ url });
  }
  if (info !== undefined) return tgiBlock({ url, model: info.model_id });
  const [first] = models?.data ?? [];
  if (first !== undefined) {
    if (first.owned_by === "vllm") return vllmBlock({ url, model: first.id });
    if (first.owned_by === "sglang") return sglangBlock({ url, model: first.id });
    return llmBlock({ url: `${url}/v1`, model: first.id });
  }
  return /^(Healthy|Unhealthy|Partial Healthy)$/.test(ping?.status ?? "") ? torchserveBlock({ url }) : undefined;
};

/** Of Triton's repository; with several, which of them traffic needs is not to be guessed. */
async function onlyTritonModel(url: string): Promise<string | undefined> {
  const index = repositoryIndex.safeParse(await askJson(`${url}/v2/repository/index`, "POST"));
  const ready = index.success ? index.data.filter(({ state }) => state === "READY") : [];
  return ready.length === 1 ? ready[0]?.name : undefined;
}

/** Milvus' health page is at a port that others have, too: its own one must be open beside it. */
export const identifyMilvus =
  (healthPort: number): Identify =>
  async (port) => {
    const [health, isOpen] = await Promise.all([askText(`${localUrl(healthPort)}/healthz`), accepts(port)]);
    return health !== undefined && isOpen ? milvusBlock : undefined;
  };

export const identifyEtcd: Identify = async (port) => {
  const health = z.object({ health: z.string() }).safeParse(await askJson(`${localUrl(port)}/health`));
  return health.success ? etcdBlock : undefined;
};

export const identifyMinio: Identify = async (port) =>
  (await askText(`${localUrl(port)}/minio/health/live`)) === undefined ? undefined : minioBlock;

/** PONG, or the complaint that a password is wanted. */
export const identifyRedis: Identify = async (port) => {
  const answer = await askBytes(port, Buffer.from("PING\r\n"));
  return /^(\+PONG|-NOAUTH|-DENIED)/.test(answer?.toString("latin1") ?? "") ? redisBlock : undefined;
};

/** Its SSLRequest, the one message that is answered before anybody says who they are: with one letter. */
export const identifyPostgres: Identify = async (port) => {
  const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
  const answer = await askBytes(port, sslRequest);
  return answer?.length === 1 && /^[SN]$/.test(answer.toString("latin1")) ? postgresBlock : undefined;
};

async function read<T>(schema: z.ZodType<T>, url: string): Promise<T | undefined> {
  const parsed = schema.safeParse(await askJson(url));
  return parsed.success ? parsed.data : undefined;
}
