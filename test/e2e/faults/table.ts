import { type FaultRow, onFirstGpu, type Sample, signals } from "./row.js";
import { type FaultSection, faultSections } from "./rows.js";

/** How long each row took in the run that was measured, by its name, as docs/faults.md shows it. */
export type Figures = ReadonlyMap<string, string>;

const head = [
  "fault",
  "rehearse it",
  "seen by",
  "what it makes of it",
  "what to do",
  "metric",
  "ends with",
  "seen in",
  "at most",
];

/** The part of docs/faults.md that comes from the rows. */
export const matrix = (figures: Figures): string =>
  faultSections.map((section) => sectionText(section, figures)).join("\n\n");

const sectionText = ({ title, rows }: FaultSection, figures: Figures): string =>
  [`## ${title}`, "", line(head), line(head.map(() => "---")), ...rows.map((row) => line(cells(row, figures)))].join(
    "\n",
  );

function cells(row: FaultRow, figures: Figures): readonly string[] {
  const { fault, before, drill, seenBy, remedy, metric, ends } = row;
  const drills = [...(before?.drills ?? []), drill].map(command).join("<br>");
  const end = ends.steps.map((step) => command(step.drill)).join("<br>");
  const { text, atMostMs } = signals[seenBy];
  const isTimed = row.status !== "unchanged" || seenBy === "event";
  return [
    fault,
    drills,
    text,
    outcome(row),
    remedy === undefined ? "" : `${onFirstGpu(remedy)} …`,
    sampleText(metric),
    ends.evidence === undefined ? end : `${end} (\`${ends.evidence}\`)`,
    isTimed ? (figures.get(fault) ?? "not measured") : "",
    isTimed ? `${atMostMs} ms` : "",
  ];
}

function outcome({ component = "gpu/N", status, reason, readinessReason, seenBy }: FaultRow): string {
  const name = onFirstGpu(component);
  const ofReadiness = readinessReason === undefined ? "" : `, readiness: \`${readinessReason}\``;
  if (status !== "unchanged") return `\`${name}\` ${status}: \`${reason}\`${ofReadiness}`;
  return seenBy === "event" ? `\`${name}\` stays healthy; logged as \`${reason}\`` : `\`${name}\` stays healthy`;
}

const command = (text: string): string => `\`${onFirstGpu(text)}\``;

function sampleText({ name, labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([key, label]) => `${key}="${onFirstGpu(label)}"`);
  const selector = pairs.length === 0 ? "" : `{${pairs.join(", ")}}`;
  return `\`${name}${selector}\` ${value}`;
}

const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;

/** What the document has in its column of times. */
export function figuresIn(document: string): Figures {
  const rows = document.split("\n").map((each) => each.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, "")));
  return new Map(rows.filter((row) => row.length === head.length).map((row) => [row[0] ?? "", row.at(-2) ?? ""]));
}
