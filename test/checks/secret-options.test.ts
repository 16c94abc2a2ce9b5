import { describe, expect, it } from "vitest";
import { z } from "zod";
import { holdingSecrets, secret } from "../../src/checks/common/secret.js";
import { mapping } from "../../src/checks/options.js";
import { secretsIn } from "../../src/checks/secret-options.js";

const schema = mapping({
  url: z.string().optional(),
  password: secret().optional().describe("A password."),
  auth: mapping({ tokens: z.array(secret()).default([]) })
    .refine(() => true)
    .prefault({}),
  either: z.union([mapping({ key: secret() }), z.string()]).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  body: holdingSecrets(z.string()).optional(),
});

const secretsOf = (given: unknown, substituted: Readonly<Record<string, readonly string[]>> = {}) =>
  secretsIn(schema, given, (path) => substituted[path.join(".")] ?? []);

describe("secretsIn", () => {
  it("finds options that are secrets, however deep, and whatever they hold", () => {
    const given = { password: 123456, auth: { tokens: ["token-1", "file:/run/token"] }, either: { key: "key-1" } };
    expect(secretsOf(given)).toEqual(["123456", "token-1", "file:/run/token", "key-1"]);
  });

  it("takes what stands instead of a mapping that has secrets for one", () => {
    expect(secretsOf({ auth: "token-1" })).toEqual(["token-1"]);
    expect(secretsOf({ auth: { tokens: "token-1" } })).toEqual(["token-1"]);
    expect(secretsOf({ auth: ["token-1"] })).toEqual(["token-1"]);
  });

  it("takes of headers and bodies what came from elsewhere, and of nothing else", () => {
    const given = {
      url: "http://host-1/",
      headers: { accept: "text/html", authorization: "Bearer token-1", "x-key": "file:/run/key" },
      body: "key=key-1&lang=en",
    };
    const substituted = { url: ["host-1"], "headers.authorization": ["token-1"], body: ["key-1"] };
    expect(secretsOf(given, substituted)).toEqual(["token-1", "file:/run/key", "key-1"]);
  });

  it("finds passwords in URLs, as they stand and decoded", () => {
    expect(secretsOf({ url: "redis://app:p%40ss@host:6379/0" })).toEqual(["p%40ss", "p@ss"]);
    expect(secretsOf({ url: "redis://:a%zz@host" })).toEqual(["a%zz"]);
    expect(secretsOf({ url: "http://host:80/a:b@c" })).toEqual([]);
  });

  it("takes of the query of a URL what came from elsewhere", () => {
    const given = { url: "http://host-1/ready?token=token-1" };
    expect(secretsOf(given, { url: ["host-1", "token-1"] })).toEqual(["token-1"]);
  });

  it.each([undefined, null, 5, [], { headers: 5, auth: { tokens: "x" }, either: null }])(
    "comes to terms with what is no valid configuration (%j)",
    (given) => {
      expect(secretsOf(given)).toEqual([]);
    },
  );
});
