import { clockJumps } from "./clock-jumps.mjs";
import { configurationDeleted } from "./configuration-deleted.mjs";
import { fileDescriptors } from "./file-descriptors.mjs";
import { idleConnections } from "./idle-connections.mjs";
import { logClosed, logFull, logUnread } from "./log.mjs";
import { malformedGrpcRequests, malformedHttpRequests } from "./malformed.mjs";
import { rapidResets } from "./rapid-resets.mjs";
import { silentDependency } from "./silent-dependency.mjs";
import { slowClients } from "./slow-clients.mjs";
import { throws } from "./throws.mjs";
import { watchers } from "./watchers.mjs";

/**
 * Every fault, in the order of the table. A case has a `name`, a `title`, its `sizes`, an `attack` that gives the number
 * of `attempts`, what it `did` and the `problems` that it saw, and where need be a `setUp` with what the server is
 * started with.
 */
export const allCases = [
  silentDependency,
  watchers,
  idleConnections,
  slowClients,
  rapidResets,
  malformedGrpcRequests,
  malformedHttpRequests,
  fileDescriptors,
  clockJumps,
  configurationDeleted,
  logFull,
  logUnread,
  logClosed,
  throws,
];
