import { oneLine } from "../../core/one-line.js";
import { runUntil } from "../common/run-command.js";
import { CheckError } from "../result.js";

/** Properties of a unit as `systemctl show` writes them, by name. What this systemd does not know is missing. */
export type UnitProperties = ReadonlyMap<string, string>;

/** A name that systemctl takes as one unit: no pattern and no option. */
export const unitName = /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,255}$/;

/** Far more than the properties that we ask for take. */
const maxOutputBytes = 65_536;

/**
 * Asks systemd for properties of a unit.
 *
 * @throws CheckError `systemd_not_available`, `systemctl_failed`; `timeout` when the signal aborts.
 */
export async function showUnit(
  unit: string,
  properties: readonly string[],
  signal: AbortSignal,
): Promise<UnitProperties> {
  const ending = await runUntil(
    {
      command: ["systemctl", "show", "--property", properties.join(","), "--", unit],
      // Its words must not depend on the language of the machine.
      env: { LC_ALL: "C", SYSTEMD_COLORS: "0" },
    },
    signal,
    maxOutputBytes,
  ).catch((error: unknown) => {
    throw error instanceof CheckError && error.reason === "command_not_found" ? noSystemd(error.message, error) : error;
  });
  const said = oneLine(ending.output, 500);
  if ("gone" in ending) {
    const message = `systemctl was still waiting for systemd at the deadline and was killed, asked for ${unit}`;
    throw new CheckError({ reason: "timeout", message, remedy: "see whether systemctl answers on this machine" });
  }
  if (ending.status === 0) return parseProperties(ending.output);
  if (/not been booted with systemd|Failed to connect to (system )?bus/i.test(said)) throw noSystemd(said);
  const how = ending.status === null ? `was ended by ${ending.signal ?? "a signal"}` : `ended with ${ending.status}`;
  throw new CheckError({
    reason: "systemctl_failed",
    message: `systemctl show ${unit} ${how}${said === "" ? "" : `: ${said}`}`,
    remedy: "run it by hand as the user of this server",
  });
}

const noSystemd = (said: string, cause?: unknown): CheckError =>
  new CheckError({
    reason: "systemd_not_available",
    message: `systemd cannot be asked: ${said}`,
    remedy:
      "run gpu-health on the machine itself, or mount /run/systemd and /run/dbus and install systemctl in the container",
    cause,
  });

/** `Name=value` on each line; a value may hold `=`. */
export function parseProperties(output: string): UnitProperties {
  return new Map(
    output.split("\n").flatMap((line) => {
      const equals = line.indexOf("=");
      return equals < 1 ? [] : [[line.slice(0, equals), line.slice(equals + 1)] as const];
    }),
  );
}
