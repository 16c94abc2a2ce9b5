// Writes docs/api: the reference of the library, out of the doc comments, and the reports of its public surface. A test
// gives another folder and compares. `npm run build` comes first: it puts the types together.
import { copyFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const [folder = path("docs/api")] = process.argv.slice(2);
const table = "table";

const application = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  tsconfig: path("tsconfig.reference.json"),
  entryPoints: ["index", "grpc-health-check"].map((entry) => path(`dist/exports/${entry}.d.ts`)),
  outputs: [{ name: "markdown", path: folder }],
  name: "Library reference",
  outputFileStrategy: "modules",
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  excludePrivate: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: table,
  interfacePropertiesFormat: table,
  classPropertiesFormat: table,
  typeAliasPropertiesFormat: table,
  propertyMembersFormat: table,
  typeDeclarationFormat: table,
  logLevel: "Warn",
});
const project = await application.convert();
if (project === undefined || application.logger.hasErrors()) throw new Error("the reference could not be made");
await application.generateOutputs(project);
for (const report of readdirSync(path("dist/api"))) copyFileSync(path(`dist/api/${report}`), `${folder}/${report}`);
