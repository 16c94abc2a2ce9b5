// What a step found. Three outcomes, so that «this machine cannot show it» is never taken for either of the others.

export const ok = (what, detail, data) => ({ outcome: "ok", what, detail, ...(data && { data }) });
export const differs = (what, detail, data) => ({ outcome: "differs", what, detail, ...(data && { data }) });
/** `detail` says why, and what would make it possible. */
export const impossible = (what, detail, data) => ({ outcome: "impossible", what, detail, ...(data && { data }) });

export const gibibytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
export const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
