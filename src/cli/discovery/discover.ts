import type { Block } from "../presets/block.js";
import {
  type Identify,
  identifyEtcd,
  identifyMilvus,
  identifyMinio,
  identifyModelServer,
  identifyPostgres,
  identifyRedis,
} from "./identify.js";
import { type Kind, type Place, places } from "./places.js";

/** A service that was found, with a check for it. */
export interface Found {
  readonly place: Place;
  readonly block: Block;
}

const identify: Readonly<Record<Kind, Identify>> = {
  "model server": identifyModelServer,
  Milvus: identifyMilvus(9091),
  etcd: identifyEtcd,
  MinIO: identifyMinio,
  Redis: identifyRedis,
  PostgreSQL: identifyPostgres,
};

/** What answers at those ports of 127.0.0.1, in their order. Takes a second or two, and writes nothing anywhere. */
export async function discover(at: readonly Place[] = places): Promise<readonly Found[]> {
  const blocks = await Promise.all(at.map(({ port, kind }) => identify[kind](port)));
  return at.flatMap((place, index) => {
    const block = blocks[index];
    return block === undefined ? [] : [{ place, block }];
  });
}
