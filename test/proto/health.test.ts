import { fileURLToPath } from "node:url";
import { loadSync, type MethodDefinition } from "@grpc/proto-loader";
import { describe, expect, it } from "vitest";
import { type HealthStatus, healthService, statusResponses } from "../../src/proto/health.js";
import { bytesField, smallVarintField, WireError } from "../../src/proto/wire.js";

const proto = fileURLToPath(new URL("../../proto/grpc/health/v1/health.proto", import.meta.url));
const loaded = loadSync(proto, { enums: String, defaults: true, oneofs: true });
const reference = loaded["grpc.health.v1.Health"] as unknown as Record<
  keyof typeof healthService,
  MethodDefinition<object, object>
>;
const { Check, List, Watch } = healthService;

const names = ["", "model", "gpu/0", "x".repeat(127), "x".repeat(128), "x".repeat(20_000), "GPU 🧨 é"];
const statuses = Object.keys(statusResponses) as HealthStatus[];
const unknownFields = Buffer.concat([
  smallVarintField(9, 1),
  bytesField(10, Buffer.from("?")),
  Buffer.from([0x5d, 1, 2, 3, 4]),
]);

describe("the service", () => {
  it("has the methods of health.proto, at the same paths, streaming alike", () => {
    expect(Object.keys(healthService).sort()).toEqual(Object.keys(reference).sort());
    for (const name of ["Check", "List", "Watch"] as const) {
      const { path, requestStream, responseStream } = reference[name];
      expect(healthService[name]).toMatchObject({ path, requestStream, responseStream });
    }
    expect(Watch).toMatchObject({
      requestSerialize: Check.requestSerialize,
      responseSerialize: Check.responseSerialize,
    });
  });
});

describe("requests, against proto-loader", () => {
  it.each(names)("are the same bytes, and read the same, for %s", (service) => {
    const theirs = reference.Check.requestSerialize({ service });
    expect(Check.requestDeserialize(theirs)).toEqual({ service });
    const ours = Check.requestSerialize({ service });
    expect(reference.Check.requestDeserialize(ours)).toEqual({ service });
    if (service !== "") expect(ours).toEqual(theirs);
  });

  it("are objects also where they are empty: grpc-js would not see a falsy one", () => {
    expect(Check.requestDeserialize(Buffer.alloc(0))).toEqual(reference.Check.requestDeserialize(Buffer.alloc(0)));
    expect(List.requestDeserialize(Buffer.alloc(0))).toEqual({});
    expect(List.requestSerialize({})).toEqual(reference.List.requestSerialize({}));
  });

  it.each([
    ["unknown fields", Buffer.concat([unknownFields, bytesField(1, Buffer.from("model")), unknownFields])],
    [
      "a repeated field, of which the last wins",
      Buffer.concat(["a", "b", ""].map((n) => bytesField(1, Buffer.from(n)))),
    ],
    ["a field of the default", bytesField(1, Buffer.alloc(0))],
  ])("read the same with %s", (_what, message) => {
    expect(Check.requestDeserialize(message)).toEqual(reference.Check.requestDeserialize(message));
  });

  // proto-loader reads a name that is cut as a shorter name; Go's and C++'s libraries refuse it, and so do we.
  it("are refused wherever they are cut inside a field, and read the same where they are cut after one", () => {
    const name = bytesField(1, Buffer.from("model"));
    const whole = Buffer.concat([name, unknownFields]);
    const readable = Array.from({ length: whole.length + 1 }, (_, end) => end).filter((end) => {
      const message = whole.subarray(0, end);
      try {
        expect(Check.requestDeserialize(message)).toEqual(reference.Check.requestDeserialize(message));
        return true;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        if (end > name.length) expect(() => reference.Check.requestDeserialize(message)).toThrow();
        return false;
      }
    });
    expect(readable).toEqual([0, name.length, name.length + 2, name.length + 5, whole.length]);
    expect(() => List.requestDeserialize(Buffer.from([0x0a]))).toThrow(WireError);
  });

  it("are refused where the name is not UTF-8, as proto3 asks", () => {
    expect(() => Check.requestDeserialize(bytesField(1, Buffer.from([0xc3, 0x28])))).toThrow(/UTF-8/);
  });
});

describe("responses, against proto-loader", () => {
  it.each(statuses)("read the same in both directions: %s", (status) => {
    expect(reference.Check.responseDeserialize(Check.responseSerialize({ status }))).toEqual({ status });
    expect(Check.responseDeserialize(reference.Check.responseSerialize({ status }))).toEqual({ status });
  });

  it("read the same with unknown fields, with none and with the last of several", () => {
    const last = Buffer.concat([unknownFields, smallVarintField(1, 1), smallVarintField(1, 2)]);
    for (const message of [unknownFields, Buffer.alloc(0), last]) {
      expect(Check.responseDeserialize(message)).toEqual(reference.Check.responseDeserialize(message));
    }
  });

  it("read as UNKNOWN for a status that does not exist yet", () => {
    expect(Check.responseDeserialize(smallVarintField(1, 9))).toEqual({ status: "UNKNOWN" });
  });

  it("list every component in both directions", () => {
    const everyName = names.map(
      (name, index) => [name, { status: statuses[index % statuses.length] ?? "UNKNOWN" }] as const,
    );
    const response = { statuses: Object.fromEntries(everyName) };
    expect(reference.List.responseDeserialize(List.responseSerialize(response))).toEqual(response);
    expect(List.responseDeserialize(reference.List.responseSerialize(response))).toEqual(response);
    expect(List.responseDeserialize(Buffer.alloc(0))).toEqual({ statuses: {} });
  });

  it("list a name that JavaScript uses itself", () => {
    const hostile = bytesField(1, bytesField(1, Buffer.from("__proto__")));
    expect(Object.keys(List.responseDeserialize(hostile).statuses)).toEqual(["__proto__"]);
  });
});
