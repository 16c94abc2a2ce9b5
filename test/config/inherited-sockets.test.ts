import { describe, expect, it } from "vitest";
import type { Configuration } from "../../src/config/configuration.js";
import { defaultConfiguration } from "../../src/config/defaults.js";
import { withInheritedSockets } from "../../src/config/inherited-sockets.js";

const base = defaultConfiguration();
const withHttp = (listen: Configuration["http"]["listen"]): Configuration => ({
  ...base,
  http: { ...base.http, listen },
});
const sockets = (...fileDescriptors: readonly number[]) =>
  fileDescriptors.map((fileDescriptor) => ({ fileDescriptor, name: "http" }) as const);

const plain = { address: "0.0.0.0:9091" };
const limited = { address: "0.0.0.0:9443", allow: ["10.0.0.0/8"] };

describe("withInheritedSockets", () => {
  it("leaves a configuration alone where there is none", () => {
    expect(withInheritedSockets(base, [])).toEqual({ ok: true, configuration: base });
  });

  it("puts sockets in the place of all addresses of their section", () => {
    const outcome = withInheritedSockets(withHttp([plain, { address: "[::1]:9091" }]), sockets(3, 4, 5));
    expect(outcome.ok && outcome.configuration.http.listen).toEqual([
      { address: "/dev/fd/3" },
      { address: "/dev/fd/4" },
      { address: "/dev/fd/5" },
    ]);
    expect(outcome.ok && outcome.configuration.grpc).toEqual(base.grpc);
  });

  it("keeps the protection of a single listener for each, and of several in their order", () => {
    const one = withInheritedSockets(withHttp([limited]), sockets(3, 4));
    expect(one.ok && one.configuration.http.listen).toEqual([
      { address: "/dev/fd/3", allow: limited.allow },
      { address: "/dev/fd/4", allow: limited.allow },
    ]);
    const two = withInheritedSockets(withHttp([plain, limited]), sockets(3, 4));
    expect(two.ok && two.configuration.http.listen).toEqual([
      { address: "/dev/fd/3" },
      { address: "/dev/fd/4", allow: limited.allow },
    ]);
  });

  it("refuses a number of sockets that leaves open which of them is protected", () => {
    expect(withInheritedSockets(withHttp([plain, limited]), sockets(3))).toEqual({
      ok: false,
      errors: [
        "http.listen has 2 listeners with tls or allow, and systemd hands over 1 sockets named http: the numbers must be the same, and their order",
      ],
    });
  });

  it("wants a token for an admin socket, for it may be reached from anywhere", () => {
    const admin = [{ fileDescriptor: 3, name: "admin" }] as const;
    expect(withInheritedSockets(base, admin)).toMatchObject({ ok: false });
    const outcome = withInheritedSockets({ ...base, admin: { ...base.admin, token: "file:/run/token" } }, admin);
    expect(outcome.ok && outcome.configuration.admin.listen).toEqual([{ address: "/dev/fd/3" }]);
  });
});
