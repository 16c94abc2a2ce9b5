// Leaves in package.json what the bundled program loads at run time: what the bundle leaves outside (scripts/bundle.mjs),
// and the drivers of check types, which are the optional peers.
import { readFileSync, writeFileSync } from "node:fs";

const { dependencies, peerDependencies, name, version, type, license } = JSON.parse(
  readFileSync("package.json", "utf8"),
);
const leftOutside = /^(@grpc\/(grpc-js|proto-loader|reflection)|protobufjs)$/;
const kept = Object.fromEntries(Object.entries(dependencies).filter(([dependency]) => leftOutside.test(dependency)));
const manifest = { name, version, type, license, dependencies: { ...kept, ...peerDependencies } };
writeFileSync("package.json", JSON.stringify(manifest, undefined, 2));
