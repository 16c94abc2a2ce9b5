import { onTestFinished } from "vitest";
import { createHealth, type Health } from "../../../src/index.js";

/** Health with the component `model`, which tests set by hand. */
export async function healthOfModel(): Promise<Health> {
  const health = await createHealth({ config: { gpu: { mode: "off" }, checks: {} } });
  onTestFinished(() => health.close());
  health.setStatus("model", "healthy");
  return health;
}

export const lowMemory = ["unhealthy", "low_memory", { message: "0.3 GiB free on gpu/0, 2 GiB needed" }] as const;
