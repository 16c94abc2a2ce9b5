import { expect, it } from "vitest";
import { ConnectionCount } from "../../src/net/connection-count.js";

it("counts in all and for each address, however it is written", () => {
  const count = new ConnectionCount({ maxConnections: 4, maxConnectionsPerAddress: 2 });
  expect([count.add("10.0.0.1"), count.add("::ffff:10.0.0.1")]).toEqual([undefined, undefined]);
  expect(count.add("10.0.0.1")).toBe("too_many_of_address");
  expect([count.add(undefined), count.add("::1")]).toEqual([undefined, undefined]);
  expect(count.add("::2")).toBe("too_many_connections");
  count.remove("10.0.0.1");
  expect(count.add("10.0.0.1")).toBeUndefined();
});
