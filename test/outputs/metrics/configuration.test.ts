import { expect, it } from "vitest";
import { metricsOf } from "./exposition.js";

it("says whether the configuration in force is the newest, and when it was read", async () => {
  const { metrics, numbers, scrape } = metricsOf();
  const values = async () => {
    const families = await scrape();
    const one = (name: string) => families.get(name)?.samples.get(name);
    return [
      one("gpu_health_config_last_reload_successful"),
      one("gpu_health_config_last_reload_success_timestamp_seconds"),
    ];
  };
  expect(await values()).toEqual([1, 1_767_225_600.5]);
  numbers.isReloaded = false;
  expect(await values()).toEqual([0, 1_767_225_600.5]);
  metrics.stop();
});
