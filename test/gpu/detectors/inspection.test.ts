import { describe, expect, it } from "vitest";
import { driverStateFindings } from "../../../src/gpu/detectors/driver-state.js";
import { fabricFindings } from "../../../src/gpu/detectors/fabric.js";
import { memoryErrorFindings } from "../../../src/gpu/detectors/memory-errors.js";
import { thermalFindings } from "../../../src/gpu/detectors/thermal.js";
import { inspection, missing, ok, snapshot } from "../../support/gpu.js";

const names = (findings: readonly { fault: string }[]): readonly string[] => findings.map(({ fault }) => fault);

describe("what the driver says of itself", () => {
  it.each([
    [0, []],
    [1, ["gpu_recovery_reset"]],
    [2, ["gpu_recovery_reboot"]],
    [3, ["gpu_recovery_drain"]],
    [4, ["gpu_recovery_drain_and_reset"]],
    [77, ["gpu_recovery_unknown"]],
  ])("recovery action %s: %j", (action, faults) => {
    expect(names(driverStateFindings(inspection({ recoveryAction: ok(action) })))).toEqual(faults);
  });

  it("carries an action that it does not know, and is silent about what cannot be read", () => {
    expect(driverStateFindings(inspection({ recoveryAction: ok(77) }))[0]?.detail).toBe("recovery action 77");
    expect(driverStateFindings(inspection({ recoveryAction: missing(3, "unsupported") }))).toEqual([]);
    expect(names(driverStateFindings(inspection({ persistenceMode: ok(false) })))).toEqual(["gpu_persistence_off"]);
  });
});

describe("memory errors", () => {
  const rows = (changes: object) =>
    inspection({
      remappedRows: ok({ correctable: 1, uncorrectable: 2, isPending: false, hasFailed: false, ...changes }),
    });

  it("are uncorrected errors since the reset, rows and pages that wait, and rows that failed", () => {
    expect(memoryErrorFindings(inspection())).toEqual([]);
    expect(memoryErrorFindings(inspection({ eccVolatileUncorrected: ok(1) }))[0]?.detail).toBe("1 error");
    expect(memoryErrorFindings(inspection({ eccVolatileUncorrected: ok(3) }))).toEqual([
      { fault: "gpu_ecc_uncorrected", detail: "3 errors" },
    ]);
    expect(memoryErrorFindings(rows({ isPending: true }))).toEqual([
      { fault: "gpu_row_remap_pending", detail: "rows replaced so far: 3" },
    ]);
    expect(names(memoryErrorFindings(rows({ hasFailed: true })))).toEqual(["gpu_row_remap_failed"]);
    expect(names(memoryErrorFindings(inspection({ retiredPagesPending: ok(true) })))).toEqual([
      "gpu_page_retirement_pending",
    ]);
  });

  it("are not corrected errors, nor those of the card's life", () => {
    const life = { eccVolatileCorrected: ok(9), eccAggregateCorrected: ok(9), eccAggregateUncorrected: ok(9) };
    expect(memoryErrorFindings(inspection(life))).toEqual([]);
  });
});

describe("heat", () => {
  it("is a temperature at the card's own threshold", () => {
    expect(thermalFindings(snapshot(), inspection())).toEqual([]);
    expect(thermalFindings(snapshot({ temperatureCelsius: ok(88) }), inspection())).toEqual([]);
    expect(thermalFindings(snapshot({ temperatureCelsius: ok(89) }), inspection())).toEqual([
      { fault: "gpu_too_hot", detail: "89 °C, it slows down at 89 °C" },
    ]);
    expect(names(thermalFindings(snapshot({ temperatureCelsius: ok(92) }), inspection()))).toEqual([
      "gpu_shutdown_temperature",
      "gpu_too_hot",
    ]);
    expect(names(thermalFindings(snapshot({ memoryTemperatureCelsius: ok(95) }), inspection()))).toEqual([
      "gpu_memory_too_hot",
    ]);
  });

  it("is a margin where the card has margins for thresholds, as an H200 has", () => {
    const unsupported = missing(3, "unsupported");
    const h200 = inspection({
      shutdownCelsius: unsupported,
      slowdownCelsius: unsupported,
      memoryMaxCelsius: unsupported,
      shutdownMarginCelsius: ok(-8),
      slowdownMarginCelsius: ok(-2),
    });
    const at = (margin: number) => thermalFindings(snapshot({ temperatureMarginCelsius: ok(margin) }), h200);
    expect([at(44), at(0), at(-1)]).toEqual([[], [], []]);
    expect(at(-2)).toEqual([{ fault: "gpu_too_hot", detail: "a margin of -2 °C, it slows down at -2 °C" }]);
    expect(names(at(-8))).toEqual(["gpu_shutdown_temperature", "gpu_too_hot"]);
    expect(thermalFindings(snapshot({ temperatureMarginCelsius: unsupported }), h200)).toEqual([]);
  });

  it("is not judged by a threshold of nothing, nor before the first inspection", () => {
    const none = inspection({ shutdownCelsius: ok(0), slowdownCelsius: ok(-2), memoryMaxCelsius: ok(0) });
    expect(thermalFindings(snapshot(), none)).toEqual([]);
    expect(thermalFindings(snapshot({ temperatureCelsius: ok(120) }), undefined)).toEqual([]);
  });
});

describe("the NVLink fabric", () => {
  const fabric = (state: number, status = 0, healthMask = 0) =>
    fabricFindings(inspection({ fabric: ok({ state, status, healthMask }) }));

  it("is no matter where there is none, or once the GPU has joined it", () => {
    expect([fabric(0), fabric(3), fabricFindings(inspection({ fabric: missing(3, "unsupported") }))]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it("has not been joined, or joining failed", () => {
    expect(fabric(1)).toEqual([{ fault: "gpu_fabric_not_ready", detail: "its registration has not started" }]);
    expect(names(fabric(2))).toEqual(["gpu_fabric_not_ready"]);
    expect(fabric(3, 999)).toEqual([{ fault: "gpu_fabric_failed", detail: "NVML return code 999" }]);
  });

  it("is well where every condition is false (2) or not supported (0)", () => {
    expect(fabric(3, 0, 0b01_10_10_10_10)).toEqual([]);
  });

  it("is in trouble where a condition is true (1), or the configuration is wrong", () => {
    expect(fabric(3, 0, 0b10_10_10_01)[0]?.detail).toBe("its bandwidth is degraded");
    expect(fabric(3, 0, 0b01_01_00_00)[0]?.detail).toBe("a route is unhealthy, it recovers from an access timeout");
    expect(fabric(3, 0, 5 << 8)[0]?.detail).toBe("its configuration is wrong: too few NVLinks");
    expect(fabric(3, 0, 15 << 8)[0]?.detail).toBe("its configuration is wrong: kind 15");
  });
});
