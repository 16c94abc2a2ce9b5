/** Version, trace, parent and flags; what later versions append stands behind another dash. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/**
 * The trace of a request by its `traceparent`, as W3C Trace Context has it: 32 hexadecimal digits. Undefined where there
 * is none and where any part of it is not valid, so that nothing else of a request gets into the log this way.
 */
export function traceIdOf(header: string | undefined): string | undefined {
  const [, version, traceId, parentId, appended] = traceparent.exec(header ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && appended !== undefined)) return undefined;
  return isZero(traceId) || isZero(parentId) ? undefined : traceId;
}

const isZero = (digits: string | undefined): boolean => digits === undefined || /^0+$/.test(digits);
