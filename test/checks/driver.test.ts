import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../src/checks/catalogue.js";
import { installHint, loadDriver } from "../../src/checks/driver.js";
import { failed } from "../../src/scheduler/failure.js";

const missing = { package: "gpu-health-no-such-driver", version: "^1" };

describe("drivers", () => {
  it("are optional peer dependencies, in the versions that the install command names", () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    );
    for (const driver of catalogue.flatMap(({ driver }) => (driver === undefined ? [] : [driver]))) {
      expect(peerDependencies).toMatchObject({ [driver.package]: driver.version });
      expect(peerDependenciesMeta).toMatchObject({ [driver.package]: { optional: true } });
    }
  });

  it("that are missing are named with the command that installs them", async () => {
    expect(installHint(missing)).toBe('npm install "gpu-health-no-such-driver@^1"');
    const error = await loadDriver(missing).catch((reason: unknown) => reason);
    expect(failed(error)).toMatchObject({
      reason: "driver_missing",
      message: "the npm package gpu-health-no-such-driver is not installed",
      remedy: 'install it beside gpu-health: npm install "gpu-health-no-such-driver@^1"',
    });
  });

  it("that are there are loaded", async () => {
    const yaml = { package: "yaml", version: "^2" };
    expect(installHint(yaml)).toBeUndefined();
    expect(await loadDriver<typeof import("yaml")>(yaml)).toHaveProperty("parseDocument");
  });
});
