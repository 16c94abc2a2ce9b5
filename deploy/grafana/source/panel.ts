/** The parts of Grafana's dashboard model (schema 39, Grafana 10 and later) that the dashboard uses. All panels are core ones. */

/** One query of a panel. `legend` is a template over the labels: `{{instance}}`. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** A colour from `value` on; the first step has none. */
export interface Step {
  readonly color: "green" | "yellow" | "orange" | "red" | "blue" | "text";
  readonly value?: number;
}

/** What a number is shown as. */
export interface Meaning {
  readonly value: number;
  readonly text: string;
  readonly color: Step["color"];
}

interface Common {
  readonly title: string;
  /** What it shows and when to worry, for the panel's information mark. */
  readonly description: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  /** In Grafana's grid units of 30 pixels. */
  readonly height: number;
  /** One of Grafana's units: `bytes`, `percentunit`, `celsius`, `watt`, `s`, `hertz`, `short`. */
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly steps?: readonly Step[];
  readonly meanings?: readonly Meaning[];
}

export type Panel =
  /** One number now. */
  | (Common & { readonly kind: "stat" })
  /** Lines over time. `stacked` adds them up. */
  | (Common & { readonly kind: "lines"; readonly stacked?: boolean })
  /** States over time, one row a series. */
  | (Common & { readonly kind: "states" })
  /** One row a series now: the labels named in `columns`, in that order, and the value under `valueTitle` unless it says nothing. */
  | (Common & {
      readonly kind: "table";
      readonly columns: Readonly<Record<string, string>>;
      readonly valueTitle?: string;
    });

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const datasource = { type: "prometheus", uid: "$datasource" } as const;

/** A panel as Grafana has it, at its place. */
export function panelModel(panel: Panel, id: number, gridPos: GridPos): object {
  return {
    id,
    title: panel.title,
    description: panel.description,
    gridPos,
    datasource,
    targets: panel.queries.map((query, at) => targetModel(panel, query, at)),
    ...viewOf(panel),
  };
}

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function targetModel({ kind }: Panel, { expr, legend }: Query, at: number): object {
  const isNow = kind === "stat" || kind === "table";
  return {
    refId: String.fromCharCode("A".charCodeAt(0) + at),
    datasource,
    expr,
    ...(legend === undefined ? {} : { legendFormat: legend }),
    ...(isNow ? { instant: true, range: false } : { instant: false, range: true }),
    ...(kind === "table" ? { format: "table" } : {}),
  };
}

function defaultsOf({ unit = "short", min, max, steps, meanings }: Panel): object {
  return {
    unit,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    color: { mode: steps === undefined && meanings === undefined ? "palette-classic" : "thresholds" },
    thresholds: {
      mode: "absolute",
      steps: (steps ?? [{ color: "text" }]).map(({ color, value }) => ({ color, value: value ?? null })),
    },
    mappings:
      meanings === undefined
        ? []
        : [
            {
              type: "value",
              options: Object.fromEntries(
                meanings.map(({ value, text, color }, index) => [String(value), { text, color, index }]),
              ),
            },
          ],
  };
}

function viewOf(panel: Panel): object {
  switch (panel.kind) {
    case "stat":
      return {
        type: "stat",
        fieldConfig: { defaults: defaultsOf(panel), overrides: [] },
        options: {
          colorMode: "value",
          graphMode: "none",
          justifyMode: "auto",
          reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
          textMode: "value",
        },
      };
    case "lines":
      return {
        type: "timeseries",
        fieldConfig: {
          defaults: {
            ...defaultsOf(panel),
            color: { mode: "palette-classic" },
            custom: {
              drawStyle: "line",
              fillOpacity: panel.stacked === true ? 30 : 0,
              lineWidth: 1,
              showPoints: "never",
              // A gap is the absence of data, which must not look like a value.
              spanNulls: false,
              stacking: { group: "A", mode: panel.stacked === true ? "normal" : "none" },
              thresholdsStyle: { mode: panel.steps === undefined ? "off" : "dashed" },
            },
          },
          overrides: [],
        },
        options: {
          legend: { calcs: ["lastNotNull", "max"], displayMode: "table", placement: "bottom", showLegend: true },
          tooltip: { mode: "multi", sort: "desc" },
        },
      };
    case "states":
      return {
        type: "state-timeline",
        fieldConfig: {
          defaults: { ...defaultsOf(panel), custom: { fillOpacity: 80, lineWidth: 0, spanNulls: false } },
          overrides: [],
        },
        options: {
          alignValue: "left",
          legend: { displayMode: "list", placement: "bottom", showLegend: true },
          mergeValues: true,
          rowHeight: 0.8,
          showValue: "never",
          tooltip: { mode: "single", sort: "none" },
        },
      };
    case "table":
      return {
        type: "table",
        fieldConfig: { defaults: { ...defaultsOf(panel), custom: { align: "auto", filterable: true } }, overrides: [] },
        options: { cellHeight: "sm", showHeader: true },
        transformations: [{ id: "organize", options: columnsOf(panel.columns, panel.valueTitle) }],
      };
  }
}

/** Labels that are not named would only fill the table. */
function columnsOf(columns: Readonly<Record<string, string>>, valueTitle: string | undefined): object {
  const shown = valueTitle === undefined ? columns : { ...columns, Value: valueTitle };
  const names = Object.keys(shown);
  return {
    includeByName: Object.fromEntries(names.map((name) => [name, true])),
    indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
    renameByName: shown,
    excludeByName: valueTitle === undefined ? { Time: true, Value: true } : { Time: true },
  };
}
