import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../src/checks/catalogue.js";
import { secretsIn } from "../../src/checks/secret-options.js";
import { metricName } from "../../src/outputs/metrics/readings.js";

describe("the catalogue of check types", () => {
  it("names each type once", () => {
    const types = catalogue.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect(type).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  });

  it("gives each reading a metric of its own, in names that Prometheus takes", () => {
    const names = catalogue.flatMap(({ readings }) => Object.values(readings).map(metricName));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(/^gpu_health_[a-z][a-z0-9_]*$/);
      // Prometheus keeps these endings for histograms and summaries.
      expect(name).not.toMatch(/_(count|sum|bucket)$/);
    }
    for (const declaration of catalogue.flatMap(({ readings }) => Object.values(readings))) {
      const ending = declaration.unit === "count" ? "" : `_${declaration.unit}`;
      expect(metricName(declaration)).toMatch(
        new RegExp(`${ending}${declaration.kind === "counter" ? "_total" : ""}$`),
      );
    }
  });

  it("has a sentence on each type and each reading", () => {
    const sentences = catalogue.flatMap(({ summary, readings }) => [
      summary,
      ...Object.values(readings).map(({ help }) => help),
    ]);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
  });

  // A reload compares options to tell which checks go on undisturbed; private state of a URL would escape it.
  it.each([
    ["http", { url: "http://a/" }, { url: "http://b/" }],
    ["dns", { name: "a" }, { name: "a", record: "AAAA" }],
    ["grpc", { address: "a:1" }, { address: "a:1", service: "b" }],
    ["tls", { address: "a:1" }, { address: "a:1", warnBefore: "7d" }],
    ["tcp", { address: "a:1" }, { address: "a:2" }],
    ["postgres", { url: "postgres://u@a" }, { url: "postgres://u@b" }],
    ["mysql", { url: "mysql://u@a" }, { url: "mysql://u@b" }],
    ["redis", { cluster: ["a:1"] }, { cluster: ["a:2"] }],
    ["exec", { command: ["a"] }, { command: ["b"] }],
    ["file", { path: "/a", maxAge: "1h" }, { path: "/a", maxAge: "2h" }],
    ["etcd", { endpoints: ["http://a:2379"] }, { endpoints: ["http://b:2379"] }],
    ["s3", { bucket: "a" }, { bucket: "b" }],
    ["pulsar", { url: "http://a:8080" }, { url: "http://b:8080" }],
    ["milvus", { address: "a:19530" }, { address: "b:19530" }],
    ["disk", { path: "/a", minFree: "1GiB" }, { path: "/a", minFree: "10%" }],
    ["memory", { minFree: "1GiB" }, { minFree: "2GiB" }],
    ["cpu", { maxPressure: { io: "10%" } }, { maxPressure: { io: "20%" } }],
    ["llm", { url: "http://a/v1" }, { url: "http://b/v1" }],
    [
      "model",
      { server: "vllm", url: "http://a", canary: { body: { n: 1 } } },
      { server: "vllm", url: "http://a", canary: { body: { n: 2 } } },
    ],
    ["process", { name: "a" }, { name: "b" }],
    ["systemd-unit", { unit: "a" }, { unit: "b" }],
    ["heartbeat", { ttl: "10s" }, { ttl: "20s" }],
    ["gpu", { minFreeMemory: "1GiB" }, { minFreeMemory: "2GiB" }],
    ["cuda", { mode: "init" }, { mode: "kernel" }],
  ])("gives options of %s that can be compared", (name, a, b) => {
    const type = catalogue.find((each) => each.type === name);
    expect(isDeepStrictEqual(type?.options().parse(a), type?.options().parse(a))).toBe(true);
    expect(isDeepStrictEqual(type?.options().parse(a), type?.options().parse(b))).toBe(false);
  });

  it.each([
    ["http", { url: "http://a" }],
    ["llm", { url: "http://a" }],
    ["model", { server: "vllm", url: "http://a" }],
    ["pulsar", { url: "http://a" }],
    ["etcd", { endpoints: ["http://a", "http://b"] }],
    ["s3", { bucket: "a", endpoint: "http://a" }],
  ])("refuses `tls` where no URL of %s speaks it", (name, given) => {
    const type = catalogue.find((each) => each.type === name);
    expect(type?.options().safeParse(given).success).toBe(true);
    expect(type?.options().safeParse({ ...given, tls: {} }).error?.issues).toMatchObject([
      { path: ["tls"], message: "is for URLs with https:// only" },
    ]);
  });

  it.each([
    ["postgres", "postgres://a"],
    ["mysql", "mysql://a"],
    ["redis", "redis://a"],
  ])("takes user and password of %s from the URL or from options, not from both", (name, url) => {
    const type = catalogue.find((each) => each.type === name);
    const credentials = { username: "service", password: "S3cret" };
    expect(type?.options().safeParse({ url, ...credentials }).success).toBe(true);
    expect(
      type?.options().safeParse({ url: url.replace("://", "://b:c@"), ...credentials }).error?.issues,
    ).toMatchObject([
      { path: ["username"], message: "the URL names a user already" },
      { path: ["password"], message: "the URL has a password already" },
    ]);
  });

  it("declares as secret whatever is called so", () => {
    const secretWords = /password|token|secret|bearer|accesskey/i;
    const undeclared = catalogue.flatMap(({ type, options }) =>
      leaves(options(), []).flatMap((path) => {
        const given = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), "told-to-nobody");
        const isSecret = secretsIn(options(), given, () => []).includes("told-to-nobody");
        return secretWords.test(path.at(-1) ?? "") && !isSecret ? [`${type}.${path.join(".")}`] : [];
      }),
    );
    // How many tokens, not which.
    expect(undeclared).toEqual(["llm.maxTokens"]);
  });
});

/** The paths of all options that hold no others. */
function leaves(schema: z.core.$ZodType, path: readonly string[]): readonly (readonly string[])[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return leaves(schema.def.innerType, path);
  }
  if (!(schema instanceof z.ZodObject)) return [path];
  return Object.entries(schema.shape).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
