import { expect, it } from "vitest";
import { clientNames } from "../../src/net/client-names.js";

it.each([
  [
    "DNS names and URIs",
    { subjectaltname: "DNS:a.example, URI:spiffe://b/ns/c, IP Address:10.0.0.1" },
    ["a.example", "spiffe://b/ns/c"],
  ],
  [
    "the common name where there are none",
    { subject: { CN: "prober" }, subjectaltname: "IP Address:10.0.0.1" },
    ["prober"],
  ],
  ["every common name", { subject: { CN: ["a", "b"] } }, ["a", "b"]],
  ["no common name beside others", { subject: { CN: "admin" }, subjectaltname: "DNS:a" }, ["a"]],
  ["nothing of an empty certificate", {}, []],
  // A name that holds what looks like another one: Node quotes it.
  ["a name with a comma as one", { subjectaltname: 'DNS:"evil, DNS:admin", URI:"x\\"y"' }, ["evil, DNS:admin", 'x"y']],
])("gives %s", (_, certificate, names) => {
  expect(clientNames(certificate)).toEqual(names);
});
