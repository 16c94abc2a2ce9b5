import { compareStatus } from "../../core/status.js";
import { formatDuration } from "../../core/units.js";
import { elapsed } from "../../live/elapsed.js";
import { faultsOf } from "../../live/faults.js";
import { headline, toneOf } from "../../live/headline.js";
import { incidentsOf } from "../../live/incidents.js";
import type { Known, Lost } from "../../live/known.js";
import type { LiveCheck, LiveLibrary, LiveState, LiveStatus } from "../../live/state.js";
import type { Glyphs } from "./glyphs.js";
import { gpuLines } from "./gpu-lines.js";
import { type Line, padEnd, paragraph, span, widthOf, widthOfLine } from "./styled-text.js";

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
    ...noticeLines(state),
    ...verdictLines(state, options),
    ...section("FAULTS", faultLines(state, options)),
    ...section(
      undefined,
      Object.keys(state.gpus).length > 0 ? gpuLines(status, columns, glyphs) : whyNone(state.library),
    ),
    ...section("COMPONENTS", componentLines(state, glyphs)),
    ...section("CHECKS", checkLines(state, glyphs)),
    ...section("LAST CHANGES", changeLines(status, glyphs)),
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

function noticeLines({ library, configuration, drain, reason }: LiveState): readonly Line[] {
  const lines: Line[] = [];
  if (library.phase === "ready" && library.simulated) {
    lines.push([span("SIMULATED GPUs: they do not exist, and no reading is real.", "degraded")]);
  }
  if (drain !== undefined && drain.reason !== reason) lines.push([span(drain.message, "draining")]);
  if (configuration.errors.length > 0) {
    lines.push([span("The newer configuration has errors; the one before is in force.", "degraded")]);
    for (const error of configuration.errors) lines.push([span(`  ${error}`)]);
  }
  if (configuration.restartNeeded.length > 0) {
    lines.push([
      span(`Changes of ${configuration.restartNeeded.join(", ")} take effect at the next start.`, "degraded"),
    ]);
  }
  return lines;
}

function verdictLines(state: LiveState, { columns, glyphs }: FrameOptions): readonly Line[] {
  const { marks, remedy: arrow } = glyphs;
  const { status, reason, message, remedy, serving, atWallMs, drain, sinceWallMs } = state;
  const tone = toneOf(state);
  const since = drain?.sinceWallMs ?? sinceWallMs;
  const duration = since === undefined ? "" : ` for ${elapsed(atWallMs - since)}`;
  const head: Line = [
    span(`${marks[tone]} ${headline(state).toUpperCase()}`, tone),
    span(`${duration}, gRPC ${serving}`, "dim"),
  ];
  if (status === "healthy") return [head];
  return [
    head,
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

function whyNone(library: LiveLibrary): readonly Line[] {
  switch (library.phase) {
    case "off":
      return [[span("GPUs are switched off: gpu.mode is off.")]];
    case "opening":
      return [[span(`The GPU library is still being opened (${library.path}).`)]];
    case "failed":
      return [[span(`${library.reason}: ${library.message}`, "degraded")], [span(`  ${library.remedy}`)]];
    case "ready":
      return [[span("No check looks at a GPU.")]];
  }
}

/** GPUs have lines of their own. */
function componentLines({ components, gpus, atWallMs }: LiveState, { marks }: Glyphs): readonly Line[] {
  const shown = Object.entries(components).filter(([name]) => !Object.hasOwn(gpus, name));
  const columns = Math.max(0, ...shown.map(([name]) => widthOf(name)));
  return shown.map(([name, { status, reason, message, sinceWallMs }]) => [
    span(`${marks[status]} `, status),
    span(padEnd(name, columns)),
    span(` ${padEnd(status, 9)}`, status),
    span(` ${padEnd(elapsed(atWallMs - sinceWallMs), 9)}`, "dim"),
    ...(status === "healthy" ? [] : [span(` ${reason}: ${message}`)]),
  ]);
}

/** Checks that pass on a GPU say nothing that its line does not say. */
function checkLines({ checks, gpus }: LiveState, { marks }: Glyphs): readonly Line[] {
  const isOfGpu = ({ subject, status }: LiveCheck): boolean =>
    subject !== undefined && Object.hasOwn(gpus, subject) && compareStatus(status, "healthy") <= 0;
  const shown = Object.entries(checks).filter(([, check]) => !isOfGpu(check));
  const columns = Math.max(0, ...shown.map(([label]) => widthOf(label)));
  return shown.map(([label, { status, latest, lastRunMs }]) => [
    span(`${marks[status]} `, status),
    span(padEnd(label, columns)),
    span(` ${padEnd(lastRunMs === undefined ? "" : formatDuration(lastRunMs), 9)}`, "dim"),
    span(` ${latest.message}`),
  ]);
}

/** The screen ends somewhere; these are enough to fill a tall one. */
const shownChanges = 40;

function changeLines({ transitions }: LiveStatus, { remedy: arrow }: Glyphs): readonly Line[] {
  return incidentsOf(transitions)
    .slice(0, shownChanges)
    .map(({ atWallMs, from, to, reason, message, components }) => [
      span(`${timeOfDay(atWallMs)} `, "dim"),
      span(`${from ?? "new"} ${arrow} `, "dim"),
      span(to ?? "gone", to ?? "plain"),
      span(` ${components.join(" ")}`, "bold"),
      ...(reason === "ok" ? [] : [span(` ${reason}: ${message}`)]),
    ]);
}

const timeOfDay = (wallMs: number): string => new Date(wallMs).toTimeString().slice(0, 8);
