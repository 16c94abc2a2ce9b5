// Makes one file of types for each entry of the library out of those that were compiled, with nothing in it that is not
// exported, and a report of the public surface in dist/api, which a test compares with docs/api.
import { copyFileSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const entries = ["index", "grpc-health-check"];
const reports = path("dist/api");

mkdirSync(reports, { recursive: true });
const configs = entries.map((entry) =>
  ExtractorConfig.prepare({
    configObject: {
      projectFolder: path("."),
      mainEntryPointFilePath: path(`dist/${entry}.d.ts`),
      compiler: { tsconfigFilePath: path("tsconfig.build.json") },
      apiReport: { enabled: true, reportFileName: `${entry}.api.md`, reportFolder: reports, reportTempFolder: reports },
      docModel: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: path(`dist/exports/${entry}.d.ts`) },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "warning" } },
        extractorMessageReporting: {
          default: { logLevel: "warning" },
          "ae-missing-release-tag": { logLevel: "none" },
          // A name such as `message` says what it is.
          "ae-undocumented": { logLevel: "none" },
        },
        tsdocMessageReporting: { default: { logLevel: "none" } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path("package.json"),
  }),
);
const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: [configs[1].mainEntryPointFilePath] });
for (const [index, config] of configs.entries()) {
  const { errorCount } = Extractor.invoke(config, {
    compilerState,
    localBuild: true,
    messageCallback(message) {
      // What is amiss is in the report, whose changes a test sees.
      message.handled = message.logLevel !== "error";
    },
  });
  if (errorCount > 0) throw new Error(`the types of ${entries[index]} could not be put together`);
  copyFileSync(path(`dist/exports/${entries[index]}.d.ts`), path(`dist/exports/${entries[index]}.d.cts`));
}
