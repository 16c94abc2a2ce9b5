/** The page's only style sheet. Colours come in pairs, for light and dark; each status has one. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #0f1318);
  --card: light-dark(#ffffff, #181e26);
  --line: light-dark(#dde2e8, #2a323d);
  --text: light-dark(#18202b, #e6ebf1);
  --quiet: light-dark(#586575, #94a1b1);
  --track: light-dark(#e6eaef, #2b3440);
  --healthy: light-dark(#16794a, #4cc38a);
  --degraded: light-dark(#9a5b00, #f0b04a);
  --unhealthy: light-dark(#c0271f, #ff7b72);
  --unknown: light-dark(#586575, #94a1b1);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 72rem;
  background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; margin-bottom: .75rem; }
h1 { font-size: 1rem; margin: 0; }
h2 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { margin: .25rem 0; }
p, td, code { overflow-wrap: break-word; }
code { font: .87em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { color: var(--quiet); }
.healthy { --status: var(--healthy); }
.degraded { --status: var(--degraded); }
.unhealthy { --status: var(--unhealthy); }
.unknown { --status: var(--unknown); }
.verdict {
  padding: 1rem 1.25rem; border-radius: .6rem; background: var(--card);
  border: 1px solid var(--line); border-left: .4rem solid var(--status);
}
.verdict strong { display: block; font-size: 1.6rem; line-height: 1.25; color: var(--status); }
.notice {
  margin-bottom: .75rem; padding: .6rem 1.25rem; border-radius: .6rem; font-weight: 600;
  background: light-dark(#fff1c9, #3d3005); color: light-dark(#5c4300, #ffe08a);
  border: 2px dashed light-dark(#c79a12, #a8861c);
}
.remedy::before { content: "→ "; color: var(--quiet); }
.status { color: var(--status); font-weight: 600; white-space: nowrap; }
.status::before {
  content: ""; display: inline-block; width: .62em; height: .62em; margin-right: .45em;
  border-radius: 50%; background: var(--status);
}
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child > td { border-bottom: 0; }
th { font-size: .8rem; font-weight: 600; color: var(--quiet); white-space: nowrap; }
td:first-child { min-width: 13rem; }
td small { display: block; color: var(--quiet); }
.bar { display: block; width: 100%; min-width: 8rem; max-width: 12rem; height: .5rem; margin-top: .3rem; border-radius: .25rem; }
.bar .track { fill: var(--track); }
.bar .fill { fill: var(--status); }
footer { margin: 1.75rem 0 .5rem; font-size: .87rem; color: var(--quiet); }
a { color: inherit; }
@media (max-width: 44rem) {
  thead { display: none; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td { display: grid; grid-template-columns: 7rem minmax(0, 1fr); padding: .2rem .75rem; border: 0; }
  td::before { content: attr(data-label); color: var(--quiet); font-size: .87rem; }
  td > * { grid-column: 2; }
}
`;
