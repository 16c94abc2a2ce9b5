import { describe, expect, it } from "vitest";
import { parseServiceUrl, serviceUrl } from "../../../src/checks/common/service-url.js";

const form = { defaultPorts: { redis: 6379, rediss: 6380 }, example: "redis://cache:6379/0" };

describe("the URL of a service", () => {
  it.each([
    ["redis://cache", { scheme: "redis", address: { kind: "tcp", host: "cache", port: 6379 }, port: 6379 }],
    ["rediss://a:b@cache:1/2", { scheme: "rediss", user: "a", password: "b", path: "2", port: 1 }],
    ["redis://:p%40ss@[::1]:7", { address: { kind: "tcp", host: "::1", port: 7 }, password: "p@ss" }],
    ["redis://%2Frun%2Fa.sock", { address: { kind: "unix", path: "/run/a.sock" } }],
  ])("%s", (text, expected) => {
    expect(serviceUrl(form).parse(text)).toBe(text);
    expect(parseServiceUrl(text, form)).toMatchObject(expected);
  });

  it.each(["http://cache", "redis://", "redis://u:p%@cache", "redis://cache?db=1", "redis://u:a/b@cache:x"])(
    "refuses %s",
    (text) => expect(serviceUrl(form).safeParse(text).success).toBe(false),
  );
});
