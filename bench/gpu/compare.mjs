// Whether our reading and another program's agree. Pure.

/**
 * The other program was asked before and after us. A value that moves agrees where it lies between the two, give or
 * take `moves`; any other has to be the same each time. Absent (undefined) agrees with absent only.
 */
export function agrees({ ours, before, after }, { moves = 0, precision = 0 }) {
  if (ours === undefined || before === undefined || after === undefined) {
    return ours === undefined && (before === undefined || after === undefined);
  }
  if (typeof ours !== "number" || typeof before !== "number" || typeof after !== "number") {
    return ours === before || ours === after;
  }
  // Numbers that went through another unit differ in their last bits.
  const slack = moves + precision + Math.abs(ours) * 1e-9;
  return ours >= Math.min(before, after) - slack && ours <= Math.max(before, after) + slack;
}

/** Of several rounds: what moves has to agree once (a burst of work between two looks is no fault), the rest always. */
export function verdict(rounds, field, precision) {
  const judged = rounds.map((round) => agrees(round, { moves: field.moves, precision }));
  const isMoving = field.moves !== undefined;
  const passes = isMoving ? judged.some(Boolean) : judged.every(Boolean);
  const shown = rounds[Math.max(0, judged.indexOf(passes))];
  const isAbsent = shown.ours === undefined && passes;
  return { outcome: passes ? "ok" : "differs", isAbsent, ...shown };
}
