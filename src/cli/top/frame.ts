import { compareStatus } from "../../core/status.js";
import { formatDuration } from "../../core/units.js";
import { elapsed } from "../../live/elapsed.js";
import { faultsOf } from "../../live/faults.js";
import { headline, toneOf } from "../../live/headline.js";
import { incidentsOf } from "../../live/incidents.js";
import type { Known, Lost } from "../../live/known.js";
import type { LiveCheck, LiveLibrary, LiveState, LiveStatus } from "../../live/state.js";
import { worstFirst } from "../../live/worst-first.js";
import type { Glyphs } from "./glyphs.js";
import { gpuLines } from "./gpu-lines.js";
import { type Line, padEnd, paragraph, type Style, span, widthOf, widthOfLine } from "./styled-text.js";

export interface FrameOptions {
  readonly columns: number;
  readonly glyphs: Glyphs;
  /** On the monotonic clock by which the connection was lost. */
  readonly nowMs: number;
}

/** All that there is to see, as lines; how many of them fit is the screen's business. */
export function frame({ status, lost }: Known, options: FrameOptions): readonly Line[] {
  if (status === undefined) return lost === undefined ? [] : lostLines(lost, undefined, options);
  const { state } = status;
  const { columns, glyphs } = options;
  return [
    headLine(state, lost === undefined, columns),
    ...(lost === undefined ? [] : lostLines(lost, state, options)),
    ...noticeLines(state, columns),
    ...verdictLines(state, options),
    ...section("FAULTS", faultLines(state, options)),
    ...section(
      undefined,
      Object.keys(state.gpus).length > 0 ? gpuLines(status, columns, glyphs) : whyNone(state.library, columns),
    ),
    ...section("COMPONENTS", componentLines(state, options)),
    ...section("CHECKS", checkLines(state, options)),
    ...section("LAST CHANGES", changeLines(status, options)),
  ];
}

const section = (title: string | undefined, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [[], ...(title === undefined ? [] : [[span(title, "dim")]]), ...lines];

function headLine({ server, atWallMs }: LiveState, isLive: boolean, columns: number): Line {
  const left = [span("gpu-health", "bold"), span(` ${server.hostname}`)];
  const right = [
    isLive ? span("live", "healthy") : span("NO CONNECTION", "lost"),
    span(` ${timeOfDay(atWallMs)}`, "dim"),
  ];
  const gap = columns - widthOfLine(left) - widthOfLine(right);
  return gap < 1 ? right : [...left, span(" ".repeat(gap)), ...right];
}

function lostLines(
  { problem, lastNewsMs }: Lost,
  state: LiveState | undefined,
  { columns, nowMs }: FrameOptions,
): readonly Line[] {
  const age = lastNewsMs === undefined || state === undefined ? "" : `; this is ${elapsed(nowMs - lastNewsMs)} old`;
  return paragraph([], `${problem}${age}. Trying again.`, columns, "lost");
}

function noticeLines({ library, configuration, drain, reason }: LiveState, columns: number): readonly Line[] {
  const lines: Line[] = [];
  const add = (text: string, style: Style, beginning: Line = []): void => {
    lines.push(...paragraph(beginning, text, columns, style));
  };
  if (library.phase === "ready" && library.simulated) {
    add("SIMULATED GPUs: they do not exist, and no reading is real.", "degraded");
  }
  if (drain !== undefined && drain.reason !== reason) add(drain.message, "draining");
  if (configuration.errors.length > 0) {
    add("The newer configuration has errors; the one before is in force.", "degraded");
    for (const error of configuration.errors) add(error, "plain", [span("  ")]);
  }
  if (configuration.restartNeeded.length > 0) {
    add(`Changes of ${configuration.restartNeeded.join(", ")} take effect at the next start.`, "degraded");
  }
  return lines;
}

function verdictLines(state: LiveState, { columns, glyphs }: FrameOptions): readonly Line[] {
  const { marks, remedy: arrow } = glyphs;
  const { status, reason, message, remedy, serving, atWallMs, drain, sinceWallMs } = state;
  const tone = toneOf(state);
  const since = drain?.sinceWallMs ?? sinceWallMs;
  const duration = since === undefined ? "" : `for ${elapsed(atWallMs - since)}, since ${momentOf(since, atWallMs)}, `;
  const head = paragraph(
    [span(`${marks[tone]} ${headline(state).toUpperCase()} `, tone)],
    `${duration}gRPC ${serving}`,
    columns,
    "dim",
  );
  if (status === "healthy") return head;
  return [
    ...head,
    ...paragraph([span("  ")], `${message} (${reason})`, columns),
    ...(remedy === undefined ? [] : paragraph([span(`  ${arrow} `, "dim")], remedy, columns)),
  ];
}

function faultLines(state: LiveState, { columns, glyphs }: FrameOptions): readonly Line[] {
  const { marks, remedy: arrow } = glyphs;
  return faultsOf(state).flatMap(({ name, fault: { fault, severity, message, remedy, sinceWallMs, count } }) => {
    const style = severity === "fatal" ? "unhealthy" : severity === "degraded" ? "degraded" : "unknown";
    const often = count > 1 ? `, ${count} times` : "";
    const said = `${severity} on ${name} for ${elapsed(state.atWallMs - sinceWallMs)}${often}: ${message}`;
    return [
      ...paragraph([span(`${marks[style]} ${fault} `, style)], said, columns),
      ...paragraph([span(`  ${arrow} `, "dim")], remedy, columns),
    ];
  });
}

function whyNone(library: LiveLibrary, columns: number): readonly Line[] {
  switch (library.phase) {
    case "off":
      return [[span("GPUs are switched off: gpu.mode is off.")]];
    case "opening":
      return [[span(`The GPU library is still being opened (${library.path}).`)]];
    case "failed":
      return [
        ...paragraph([], `${library.reason}: ${library.message}`, columns, "degraded"),
        ...paragraph([span("  ")], library.remedy, columns),
      ];
    case "ready":
      return [[span("No check looks at a GPU.")]];
  }
}

/** GPUs have lines of their own. */
function componentLines(
  { components, gpus, atWallMs }: LiveState,
  { columns, glyphs: { marks } }: FrameOptions,
): readonly Line[] {
  const shown = worstFirst(Object.entries(components).filter(([name]) => !Object.hasOwn(gpus, name)));
  const nameColumns = nameColumnsOf(shown, columns);
  return shown.flatMap(([name, { status, reason, message, sinceWallMs }]) =>
    paragraph(
      [
        span(`${marks[status]} `, status),
        span(padEnd(name, nameColumns)),
        span(` ${padEnd(status, 9)}`, status),
        span(` ${padEnd(elapsed(atWallMs - sinceWallMs), 9)} `, "dim"),
      ],
      status === "healthy" ? "" : `${reason}: ${message}`,
      columns,
    ),
  );
}

/** Checks that pass on a GPU say nothing that its line does not say. */
function checkLines({ checks, gpus }: LiveState, { columns, glyphs: { marks } }: FrameOptions): readonly Line[] {
  const isOfGpu = ({ subject, status }: LiveCheck): boolean =>
    subject !== undefined && Object.hasOwn(gpus, subject) && compareStatus(status, "healthy") <= 0;
  const shown = worstFirst(Object.entries(checks).filter(([, check]) => !isOfGpu(check)));
  const nameColumns = nameColumnsOf(shown, columns);
  return shown.flatMap(([label, { status, latest, lastRunMs }]) =>
    paragraph(
      [
        span(`${marks[status]} `, status),
        span(padEnd(label, nameColumns)),
        span(` ${padEnd(lastRunMs === undefined ? "" : formatDuration(lastRunMs), 9)} `, "dim"),
      ],
      latest.message,
      columns,
    ),
  );
}

/** One long name must leave the others room for what is said of them. */
const nameColumnsOf = (shown: readonly (readonly [name: string, of: unknown])[], columns: number): number =>
  Math.min(Math.floor(columns / 3), Math.max(0, ...shown.map(([name]) => widthOf(name))));

function changeLines(
  { transitions, state: { atWallMs: nowWallMs } }: LiveStatus,
  { columns, glyphs: { remedy: arrow } }: FrameOptions,
): readonly Line[] {
  return incidentsOf(transitions).flatMap(({ atWallMs, from, to, reason, message, components }) =>
    paragraph(
      [
        span(`${momentOf(atWallMs, nowWallMs)} `, "dim"),
        span(`${from ?? "new"} ${arrow} `, "dim"),
        span(`${to ?? "gone"} `, to ?? "plain"),
      ],
      `${components.join(" ")}${reason === "ok" ? "" : ` ${reason}: ${message}`}`,
      columns,
    ),
  );
}

const timeOfDay = (wallMs: number): string => new Date(wallMs).toTimeString().slice(0, 8);

/** With the day where it was another one. */
function momentOf(wallMs: number, nowWallMs: number): string {
  const [day, today] = [wallMs, nowWallMs].map(dayOf);
  return day === today ? timeOfDay(wallMs) : `${day} ${timeOfDay(wallMs)}`;
}

const dayOf = (wallMs: number): string => {
  const date = new Date(wallMs);
  const twoDigits = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
};
