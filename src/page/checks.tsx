import type { JSX } from "preact";
import { formatDuration } from "../core/units.js";
import type { LiveCheck, LiveState } from "../live/state.js";
import { worstFirst } from "../live/worst-first.js";
import { CheckName, counted, Name, Since, SinceWhen, StatusMark, Why } from "./parts.js";

/** Past this many checks that pass, the rest is folded: what fails and the last changes must not be far down. */
const shownPassing = 20;

type NamedCheck = readonly [label: string, check: LiveCheck];

/** Each check with its last result and how long it took, what fails first. */
export function Checks({ state: { checks, atWallMs } }: { readonly state: LiveState }): JSX.Element {
  const { rows, passing } = folded(Object.entries(checks));
  const [well, wrong] = [rows.filter(([, check]) => passes(check)), rows.filter(([, check]) => !passes(check))];
  const more = well.slice(shownPassing);
  return (
    <section aria-labelledby="checks">
      <h2 id="checks">Checks</h2>
      {Object.keys(checks).length === 0 ? (
        <p>No check has answered yet.</p>
      ) : (
        <CheckTable
          rows={[...worstFirst(wrong), ...well.slice(0, shownPassing)]}
          passing={passing}
          atWallMs={atWallMs}
        />
      )}
      {more.length > 0 && (
        <details>
          <summary>{counted(more.length, "more check")}, all healthy</summary>
          <CheckTable rows={more} passing={[]} atWallMs={atWallMs} />
        </details>
      )}
    </section>
  );
}

const passes = ({ status, latest }: LiveCheck): boolean => status === "healthy" && latest.status === "healthy";

interface TableProps {
  readonly rows: readonly NamedCheck[];
  readonly passing: readonly PassingGroup[];
  readonly atWallMs: number;
}

function CheckTable({ rows, passing, atWallMs }: TableProps): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col">Status</th>
          <th scope="col">Last answer</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, check]) => (
          <tr key={label}>
            <About check={check} />
            <td data-label="Status">
              <StatusMark status={check.status} />
              <small>
                since <SinceWhen wallMs={check.sinceWallMs} nowWallMs={atWallMs} />
              </small>
              <Why verdict={check} isSaidBeside={check.message === check.latest.message} />
              {check.consequenceOf !== undefined && (
                <small>
                  fails as a consequence of <Name>{check.consequenceOf}</Name>
                </small>
              )}
            </td>
            <LastAnswer check={check} atWallMs={atWallMs} />
            <td data-label="Took" class="number">
              {check.lastRunMs === undefined ? "–" : formatDuration(check.lastRunMs)}
            </td>
          </tr>
        ))}
        {passing.map((group) => (
          <Passing key={group.check} {...group} />
        ))}
      </tbody>
    </table>
  );
}

interface PassingGroup {
  readonly check: string;
  readonly type: string;
  readonly subjects: readonly string[];
  /** Of the slowest. */
  readonly lastRunMs: number;
}

/** Past this many subjects of one check, those that pass are one row: what fails must not drown among them. */
const shownSubjects = 2;

function folded(all: readonly NamedCheck[]) {
  const groups = new Map<string, PassingGroup>();
  for (const [, each] of all) {
    const { check, type, subject, lastRunMs = 0 } = each;
    if (subject === undefined || !passes(each)) continue;
    const known = groups.get(check) ?? { check, type, subjects: [], lastRunMs: 0 };
    const slowest = Math.max(known.lastRunMs, lastRunMs);
    groups.set(check, { ...known, subjects: [...known.subjects, subject], lastRunMs: slowest });
  }
  const passing = [...groups.values()].filter(({ subjects }) => subjects.length > shownSubjects);
  const isFolded = ({ check, subject = "" }: LiveCheck): boolean =>
    passing.some((group) => group.check === check && group.subjects.includes(subject));
  return { rows: all.filter(([, check]) => !isFolded(check)), passing };
}

function Passing({ check, type, subjects, lastRunMs }: PassingGroup): JSX.Element {
  return (
    <tr>
      <th scope="row" data-label="Check">
        <Name>{check}</Name> on {subjects.length} more
        <small>type {type}</small>
      </th>
      <td data-label="Status">
        <StatusMark status="healthy" />
      </td>
      <td data-label="Last answer">
        All pass.
        <details>
          <summary>which</summary>
          <code>{subjects.join(", ")}</code>
        </details>
      </td>
      <td data-label="Took" class="number">
        {formatDuration(lastRunMs)}
      </td>
    </tr>
  );
}

function About({ check }: { readonly check: LiveCheck }): JSX.Element {
  const { subject, type, description, dependsOn, runbook } = check;
  return (
    <th scope="row" data-label="Check">
      <CheckName check={check.check} {...(subject === undefined ? {} : { subject })} />
      <small>type {type}</small>
      {description !== undefined && <small>{description}</small>}
      {dependsOn !== undefined && <small>depends on {dependsOn.join(", ")}</small>}
      {runbook !== undefined && isWebAddress(runbook) && (
        <small>
          <a href={runbook} rel="noreferrer">
            runbook
          </a>
        </small>
      )}
    </th>
  );
}

interface LastAnswerProps {
  readonly check: LiveCheck;
  readonly atWallMs: number;
}

/** What was said last; where it differs from the status, how far it is on its way to change it. */
function LastAnswer({ check: { latest, streak, consecutiveFailures }, atWallMs }: LastAnswerProps): JSX.Element {
  const metadata = Object.entries(latest.metadata ?? {}).map(([key, value]) => `${key} ${value}`);
  return (
    <td data-label="Last answer">
      <span class="said">{latest.message}</span>
      {metadata.length > 0 && <small class="said">{metadata.join(", ")}</small>}
      {streak !== undefined && (
        <small>
          {latest.status}, {streak.length} in a row: a few more and the status gets {streak.direction}
        </small>
      )}
      <small>
        <Since wallMs={latest.observedAtWallMs} nowWallMs={atWallMs} /> ago
        {consecutiveFailures > 1 && `, ${consecutiveFailures} failures in a row`}
      </small>
    </td>
  );
}

/** A link to anything else could run a script. */
const isWebAddress = (address: string): boolean => /^https?:\/\//i.test(address);
