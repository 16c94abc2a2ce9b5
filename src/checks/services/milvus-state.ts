import { oneLine } from "../../core/one-line.js";
import { lost, present, type Reading } from "../../core/result.js";
import { WireError } from "../../proto/wire.js";
import { CheckError } from "../result.js";
import type { MilvusCall } from "./milvus-client.js";
import {
  decodeHealth,
  decodeLoadState,
  decodeRowCount,
  decodeStatus,
  decodeVersion,
  emptyRequest,
  type Health,
  type LoadState,
  loadStateRequest,
  type MilvusStatus,
  statisticsRequest,
} from "./milvus-messages.js";

export interface Collection {
  readonly name: string;
  readonly state: LoadState;
  readonly entities: Reading<number>;
}

export interface MilvusState {
  readonly health: Health;
  readonly version: string;
  readonly collections: readonly Collection[];
}

/** Codes of Milvus's own errors. */
const milvusCode = {
  collectionNotFound: 100,
  databaseNotFound: 800,
  notAuthenticated: 1400,
  notPermitted: 1401,
} as const;
/** The same before 2.3, as `ErrorCode` of `common.proto`. */
const legacyCollectionNotExists = 4;

/**
 * What Milvus says of itself and of the collections; of those only while it is healthy.
 *
 * @throws CheckError `database_not_found`, `authentication_failed`, `permission_denied`, `milvus_error`, `not_milvus`, and
 * those of the call.
 */
export async function readMilvus(call: MilvusCall, names: readonly string[], where: string): Promise<MilvusState> {
  const ask = async (method: string, request: Buffer) => understood(where, method, await call(method, request));
  const [healthAnswer, versionAnswer] = await Promise.all([
    ask("CheckHealth", emptyRequest),
    ask("GetVersion", emptyRequest),
  ]);
  const health = healthAnswer.decode(decodeHealth);
  const version = versionAnswer.decode(decodeVersion);
  if (!health.isHealthy && health.reasons.length > 0) return { health, version, collections: [] };
  healthAnswer.succeed();
  if (!health.isHealthy) return { health, version, collections: [] };

  const readOne = async (name: string): Promise<Collection> => {
    const loaded = await ask("GetLoadState", loadStateRequest(name));
    const { code, legacyCode } = loaded.status;
    if (code === milvusCode.collectionNotFound || legacyCode === legacyCollectionNotExists) {
      return { name, state: "missing", entities: lost };
    }
    loaded.succeed();
    const state = loaded.decode(decodeLoadState);
    if (state === "missing") return { name, state, entities: lost };
    const statistics = await ask("GetCollectionStatistics", statisticsRequest(name));
    statistics.succeed();
    const rows = statistics.decode(decodeRowCount);
    return { name, state, entities: rows === undefined ? lost : present(rows) };
  };
  return { health, version, collections: await Promise.all(names.map(readOne)) };
}

/** An answer and its status, with errors that name the call. */
function understood(where: string, method: string, answer: Buffer) {
  const decode = <T>(read: (answer: Buffer) => T): T => {
    try {
      return read(answer);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const message = `${where} answered ${method} with what is no message of Milvus: ${error.message}`;
      throw new CheckError({
        reason: "not_milvus",
        message,
        remedy: "see whether this is Milvus's port",
        cause: error,
      });
    }
  };
  const status = decode(decodeStatus);
  const succeed = (): void => {
    if (status.code !== 0 || status.legacyCode !== 0) throw statusError(where, method, status);
  };
  return { status, decode, succeed };
}

function statusError(where: string, method: string, { code, legacyCode, reason }: MilvusStatus): CheckError {
  const message = `${where} answered ${method} with code ${code === 0 ? legacyCode : code}: ${oneLine(reason, 200)}`;
  switch (code) {
    case milvusCode.databaseNotFound:
      return new CheckError({ reason: "database_not_found", message, remedy: "correct `database`, or create it" });
    case milvusCode.notAuthenticated:
      return new CheckError({
        reason: "authentication_failed",
        message,
        remedy: "see whether the credentials are right",
      });
    case milvusCode.notPermitted:
      return new CheckError({ reason: "permission_denied", message, remedy: "grant the user what this check reads" });
    default:
      return new CheckError({ reason: "milvus_error", message, remedy: "look at the logs of Milvus" });
  }
}
