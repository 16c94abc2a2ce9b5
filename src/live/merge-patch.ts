/*
 * JSON Merge Patch (RFC 7396): what changed in an object, at any depth; null stands for what is gone. So no value of ours
 * may be null.
 */

type JsonObject = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The patch that makes `after` of `before`; undefined where they are alike. Arrays are replaced as a whole, as the
 * standard has it. Members that are undefined count as absent, as in JSON.
 */
export function mergePatchOf(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return isSame(before, after) ? undefined : after;
  const changes: [string, unknown][] = [];
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(before, key) ? before[key] : undefined;
    const change = known === undefined ? value : mergePatchOf(known, value);
    if (change !== undefined) changes.push([key, change]);
  }
  for (const [key, value] of Object.entries(before)) {
    const isGone = !Object.hasOwn(after, key) || after[key] === undefined;
    if (value !== undefined && isGone) changes.push([key, null]);
  }
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/**
 * The value that a patch makes of another one, which stays as it is. What did not change is the same object in both.
 * Members are defined and not assigned: a component may have the name `__proto__`.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) members.delete(key);
    else members.set(key, applyMergePatch(members.get(key), change));
  }
  return Object.fromEntries(members);
}

const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (Array.isArray(one) && Array.isArray(other) && JSON.stringify(one) === JSON.stringify(other));
