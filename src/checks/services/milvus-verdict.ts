import { oneLine } from "../../core/one-line.js";
import { present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { Result } from "../result.js";
import type { Collection, MilvusState } from "./milvus-state.js";

/** What Milvus said of itself comes first, then collections that cannot be searched, then what only limits. */
export function judgeMilvus(state: MilvusState, where: string, elapsedMs: number): Result {
  const { health, version, collections } = state;
  const facts = {
    readings: {
      responseSeconds: present(elapsedMs / 1000),
      ...(health.isHealthy
        ? { loadedCollections: present(collections.filter(({ state }) => state === "loaded").length) }
        : {}),
    },
    series: {
      entities: collections.flatMap(({ name, entities }) =>
        entities.ok ? [{ labels: { collection: name }, value: entities.value }] : [],
      ),
    },
    metadata: version === "" ? {} : { version },
  };
  const result = (verdict: Pick<Result, "status" | "reason" | "message" | "remedy">): Result => ({
    ...verdict,
    ...facts,
  });

  if (!health.isHealthy) {
    const why = health.reasons.length === 0 ? "it gives no reason" : oneLine(health.reasons.join("; "), 400);
    const remedy = "look at the component that it names, and its log";
    return result({
      status: "unhealthy",
      reason: "not_healthy",
      message: `${where} says it is unhealthy: ${why}`,
      remedy,
    });
  }
  const limits = health.quotaStates.join(", ");
  const said = health.reasons.length === 0 ? "" : ` (${oneLine(health.reasons.join("; "), 300)})`;
  if (health.quotaStates.includes("DenyToRead")) {
    const message = `${where} denies reads: ${limits}${said}`;
    return result({ status: "unhealthy", reason: "reads_denied", message, remedy: makeRoom });
  }
  const unusable = collections.filter(({ state }) => state !== "loaded");
  const [first] = unusable;
  if (first !== undefined) return result(unloaded(first, unusable, collections, where));
  if (limits !== "") {
    const message = `${where} has limits in force: ${limits}${said}`;
    return result({ status: "degraded", reason: "quota_limited", message, remedy: makeRoom });
  }
  const empty = collections.filter(({ entities }) => entities.ok && entities.value === 0).map(({ name }) => name);
  if (empty.length > 0) {
    const message = `${where}: no entities in ${empty.join(", ")}`;
    const remedy = "load the data, or flush it: what is not flushed is not counted yet";
    return result({ status: "degraded", reason: "collection_empty", message, remedy });
  }
  const loaded = collections.length === 0 ? "" : `, ${collections.map(inWords).join(", ")}`;
  const message = `${where} is healthy${loaded}, as it said in ${formatDuration(elapsedMs)}`;
  return result({ status: "healthy", reason: "ok", message });
}

const makeRoom = "give Milvus more memory or disk, or release and delete what is not needed; see its quota settings";

function unloaded(
  first: Collection,
  unusable: readonly Collection[],
  collections: readonly Collection[],
  where: string,
): Pick<Result, "status" | "reason" | "message" | "remedy"> {
  const isMissing = unusable.some(({ state }) => state === "missing");
  const isLoading = !isMissing && first.state === "loading";
  const reason = isMissing ? "collection_not_found" : isLoading ? "collection_loading" : "collection_not_loaded";
  const remedy = isMissing
    ? "create the collection, or correct `collections` and `database`"
    : isLoading
      ? "wait until it is loaded; see the log of the query nodes if it takes long"
      : "load it: Milvus searches only what is loaded";
  const message = `${where}: ${unusable.map(({ name, state }) => `${name} is ${state}`).join(", ")}; ${collections.length - unusable.length} of ${collections.length} collections are loaded`;
  return { status: "unhealthy", reason, message, remedy };
}

const inWords = ({ name, entities }: Collection): string =>
  entities.ok ? `${name} has ${entities.value} entities` : `${name} is loaded`;
