import { expect, it } from "vitest";
import { readConfiguration } from "../../src/config/read.js";
import { forNodeAgent } from "../../src/runtime/node-agent-configuration.js";

function configured(given: unknown) {
  const read = readConfiguration(given);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return forNodeAgent(read.configuration);
}

const gpuCheckOf = (given: unknown) => {
  const outcome = configured(given);
  return outcome.ok ? outcome.configuration.checks.find(({ type }) => type === "gpu") : undefined;
};

it("takes a full GPU for no fault of the node, and a missing library for one", () => {
  expect(gpuCheckOf({})).toMatchObject({ name: "gpu", isImplicit: false, options: { devices: "all" } });
  expect(gpuCheckOf({})?.options).not.toHaveProperty("minFreeMemory");
});

it("keeps what somebody configured", () => {
  expect(gpuCheckOf({ checks: { gpu: { type: "gpu", minFreeMemory: "1GiB" } } })?.options).toHaveProperty(
    "minFreeMemory",
  );
});

it("refuses to say something of GPUs that it is not to look at", () => {
  expect(configured({ gpu: { mode: "off" } })).toEqual({
    ok: false,
    errors: [expect.stringContaining("gpu.mode is off")],
  });
});
