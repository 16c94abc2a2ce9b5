import type { Unit } from "./result.js";
import type { Verdict } from "./status.js";

/** What another process says of itself, in place of a look at it. */
export interface Report {
  readonly status: Verdict;
  readonly reason: string;
  readonly message: string;
  /** Figures of the reporter's own choosing. A name ends in its base unit (`queue_wait_seconds`), or it is a count. */
  readonly readings?: Readonly<Record<string, number>>;
}

/** The reason that is given. `ok` is none for what is not healthy: it says that nothing is wrong. */
export const givenReason = (status: Verdict, reason: string | undefined): string | undefined =>
  status !== "healthy" && reason === "ok" ? undefined : reason;

/** Readings in one report, at most: each becomes a series in Prometheus. */
export const maxReportedReadings = 20;

const units: readonly Unit[] = ["bytes", "ratio", "seconds", "celsius", "watts", "hertz"];

/** The unit that the name of a reported reading says: `seconds` for `queue_wait_seconds`, `count` for `queue_length`. */
export const unitOfName = (name: string): Unit => units.find((unit) => name.split("_").at(-1) === unit) ?? "count";

/** Endings of names that would hide a unit in a count, with the base unit to use. */
const otherUnits = new Map<string, Unit>(
  Object.entries({
    ns: "seconds",
    us: "seconds",
    ms: "seconds",
    milliseconds: "seconds",
    sec: "seconds",
    secs: "seconds",
    minutes: "seconds",
    hours: "seconds",
    kb: "bytes",
    mb: "bytes",
    gb: "bytes",
    kib: "bytes",
    mib: "bytes",
    gib: "bytes",
    percent: "ratio",
    pct: "ratio",
    mhz: "hertz",
    ghz: "hertz",
  }),
);

/** The base unit to use in place of the one that a name ends in; undefined where the name is well chosen. */
export const baseUnitInstead = (name: string): Unit | undefined => otherUnits.get(name.split("_").at(-1) ?? "");
