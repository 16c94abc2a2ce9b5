// Bundles the compiled program into a few files. Loading 270 modules one by one takes longer than running them: bundled,
// the start takes 40 % less CPU, and a probe by `gpu-health check` starts in half the time (docs/performance.md).
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// As deep below the package's root as the compiled modules, so that paths relative to a module hold here too.
const folder = path("../dist/program");

rmSync(folder, { recursive: true, force: true });
const bundle = await rolldown({
  input: path("../dist/main.js"),
  platform: "node",
  // Loaded at the first reflection call only, and not made to be bundled.
  external: [/^@grpc\/(proto-loader|reflection)/, "protobufjs", /^protobufjs\//],
  onLog(level, log) {
    if (level === "warn") console.warn(`bundle: ${log.message}`);
  },
});
await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" });
await bundle.close();
