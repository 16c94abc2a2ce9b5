import { createRequire } from "node:module";
import { CheckError } from "./result.js";

/**
 * An npm package that only the checks of one type need: an optional peer dependency of this package, so that the base
 * install stays small.
 */
export interface Driver {
  readonly package: string;
  /** The version to install, as npm takes it; the same as in `peerDependencies` of package.json. */
  readonly version: string;
}

/** What to do about a driver that is not installed; undefined where it is. */
export function installHint({ package: name, version }: Driver): string | undefined {
  try {
    createRequire(import.meta.url).resolve(name);
    return undefined;
  } catch {
    return `npm install "${name}@${version}"`;
  }
}

/**
 * The driver's module, loaded at the first call.
 *
 * @throws CheckError `driver_missing`
 */
export async function loadDriver<Module>(driver: Driver): Promise<Module> {
  try {
    return (await import(driver.package)) as Module;
  } catch (error) {
    const hint = installHint(driver);
    const why =
      hint === undefined && error instanceof Error ? `cannot be loaded: ${error.message}` : "is not installed";
    throw new CheckError({
      reason: "driver_missing",
      message: `the npm package ${driver.package} ${why}`,
      remedy: `install it beside gpu-health: ${hint ?? `npm install "${driver.package}@${driver.version}"`}`,
      cause: error,
    });
  }
}
