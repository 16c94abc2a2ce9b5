import { z } from "zod";
import { type Address, formatAddress } from "../../core/address.js";
import { CheckError } from "../result.js";
import type { RedisConnection } from "./redis-connection.js";
import { isFromServer } from "./redis-error.js";
import { type RedisClusterInfo, type RedisInfo, readClusterInfo, readRedisInfo } from "./redis-info.js";

/** Whether the server answers a PING only to say that it takes no writes, since it cannot save its data (MISCONF). */
export async function pingRefusesWrites(connection: RedisConnection): Promise<boolean> {
  try {
    await connection.command("PING");
    return false;
  } catch (error) {
    if (isFromServer(error) && error.message.startsWith("MISCONF")) return true;
    throw error;
  }
}

/** @throws of the driver; CheckError `invalid_answer` where it is not what Redis gives. */
export async function askInfo(connection: RedisConnection): Promise<RedisInfo> {
  return readRedisInfo(String(await connection.command("INFO"))) ?? unexpected(connection, "INFO");
}

/** @throws as {@link askInfo}, also where the server is no node of a cluster. */
export async function askClusterInfo(connection: RedisConnection): Promise<RedisClusterInfo> {
  return readClusterInfo(String(await connection.command("CLUSTER", "INFO"))) ?? unexpected(connection, "CLUSTER INFO");
}

const hostAndPort = z
  .tuple([
    z.string(),
    z
      .string()
      .regex(/^[0-9]+$/)
      .transform(Number),
  ])
  .nullable();

/**
 * Where the primary is that the sentinels know by this name.
 *
 * @throws CheckError `primary_not_found`, and as {@link askInfo}.
 */
export async function primaryOf(sentinel: RedisConnection, name: string): Promise<Address> {
  const { data } = hostAndPort.safeParse(await sentinel.command("SENTINEL", "get-master-addr-by-name", name));
  if (data === undefined) return unexpected(sentinel, "SENTINEL");
  if (data !== null) return { kind: "tcp", host: data[0], port: data[1] };
  throw new CheckError({
    reason: "primary_not_found",
    message: `the sentinel ${formatAddress(sentinel.address)} knows no primary by the name ${name}`,
    remedy: "see whether `masterName` is the name in the sentinels' configuration (sentinel monitor NAME …)",
  });
}

function unexpected(connection: RedisConnection, command: string): never {
  throw new CheckError({
    reason: "invalid_answer",
    message: `${formatAddress(connection.address)}: the answer to ${command} is not what Redis gives`,
    remedy: "see what listens at this address",
  });
}
