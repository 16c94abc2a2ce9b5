import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { catalogue } from "../../src/checks/catalogue.js";
import { receiverOptions, targetOptions } from "../../src/config/alerts-section.js";
import { componentOptions } from "../../src/config/components-section.js";
import { faultOverride } from "../../src/config/fault-overrides.js";
import { listenOptions } from "../../src/config/listen-section.js";
import { commonOptions, defaultSchedule } from "../../src/config/schedule.js";
import { type SectionName, sections } from "../../src/config/sections.js";
import { superviseOptions } from "../../src/config/supervise-section.js";
import { signalRows } from "../../src/gpu/faults/signal-rows.js";
import { xidRows } from "../../src/gpu/faults/xid-rows.js";
import { logEvents } from "../../src/outputs/log/events.js";
import { groupsByName } from "../support/reasons.js";
import {
  checkTypeSection,
  faultTable,
  fillIn,
  optionsTable,
  reasonSection,
  scheduleText,
  table,
} from "../support/reference.js";

/** `npx vitest run test/docs -u` writes what the declarations say into the documents. */
async function expectUpToDate(name: string, parts: Readonly<Record<string, string>>): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  await expect(fillIn(readFileSync(path, "utf8"), parts)).toMatchFileSnapshot(path);
}

it("docs/configuration.md has the options of every section", async () => {
  const names = Object.keys(sections) as SectionName[];
  await expectUpToDate("configuration.md", {
    ...Object.fromEntries(names.map((name) => [name, optionsTable(sections[name].shape)])),
    listeners: optionsTable(listenOptions.shape),
    faults: optionsTable(faultOverride().shape),
    checks: optionsTable(commonOptions.shape),
    schedule: `Where neither the check nor its type says more: ${scheduleText(defaultSchedule)}.`,
    components: optionsTable(componentOptions.shape),
  });
});

it("docs/supervise.md has the options of a supervised program", async () => {
  await expectUpToDate("supervise.md", { supervise: optionsTable(superviseOptions().shape) });
});

it("docs/alerts.md has the options of every receiver", async () => {
  await expectUpToDate("alerts.md", {
    receivers: optionsTable(receiverOptions()),
    ...Object.fromEntries(Object.entries(targetOptions).map(([type, options]) => [type, optionsTable(options())])),
  });
});

it("docs/logging.md has every event of the log", async () => {
  const rows = Object.entries(logEvents).map(([event, { what, fields }]) => [
    `\`${event}\``,
    what,
    fields.map((field) => `\`${field}\``).join(", "),
  ]);
  await expectUpToDate("logging.md", { events: table(["event", "what happened", "fields"], rows) });
});

it("docs/fault-catalogue.md has every fault", async () => {
  await expectUpToDate("fault-catalogue.md", { xids: faultTable(xidRows), signals: faultTable(signalRows) });
});

it("docs/checks.md has every check type", async () => {
  await expectUpToDate("checks.md", { types: catalogue.map(checkTypeSection).join("\n\n") });
});

it("docs/reasons.md has every reason", async () => {
  const sections = Object.entries(groupsByName).map(([name, group]) => reasonSection(name, group, catalogue));
  await expectUpToDate("reasons.md", { reasons: sections.join("\n\n") });
});
