/** The known address nearest to one that is not known: what the sender probably meant. */

/** More edits than this are no slip of the finger. */
const MAX_EDITS = 6;
/** Of an address: see WIRE_LIMITS. */
const MAX_LENGTH = 255;

/** Time at most `known.length` times an address's length; nearer ones end the search of others early. */
export function nearestAddress(address: string, known: Iterable<string>): string | undefined {
  if (address.length > MAX_LENGTH) return undefined;
  const rows: Rows = [new Uint8Array(MAX_LENGTH + 2), new Uint8Array(MAX_LENGTH + 2)];
  let nearest: string | undefined;
  let limit = Math.min(MAX_EDITS, Math.ceil(address.length / 3));
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH || Math.abs(candidate.length - address.length) > limit) continue;
    const edits = countEdits(address, candidate, limit, rows);
    if (edits > limit) continue;
    if (edits < limit || nearest === undefined) nearest = candidate;
    limit = edits;
  }
  return nearest;
}

/** Memory for two rows of the table of edits. */
type Rows = readonly [Uint8Array, Uint8Array];

/**
 * Insertions, deletions and substitutions from `a` to `b`; some number above `limit` when there are more. Their lengths differ by no
 * more than `limit`. Only the middle of the table is filled: what lies further from its diagonal than `limit` costs more than that.
 */
function countEdits(a: string, b: string, limit: number, rows: Rows): number {
  // What both begin and end with costs nothing and most addresses share much of it.
  let start = 0;
  while (start < a.length && start < b.length && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--;
    endB--;
  }
  const lengthA = endA - start;
  const lengthB = endB - start;
  const tooMany = limit + 1;
  let [row, next] = rows;
  for (let k = 0; k <= lengthB; k++) row[k] = Math.min(k, tooMany);
  for (let i = 1; i <= lengthA; i++) {
    const from = Math.max(1, i - limit);
    const to = Math.min(lengthB, i + limit);
    const letter = a.charCodeAt(start + i - 1);
    let left = from === 1 ? Math.min(i, tooMany) : tooMany;
    let best = left;
    next[from - 1] = left;
    for (let k = from; k <= to; k++) {
      const substituted = row[k - 1]! + (letter === b.charCodeAt(start + k - 1) ? 0 : 1);
      left = Math.min(substituted, row[k]! + 1, left + 1, tooMany);
      next[k] = left;
      if (left < best) best = left;
    }
    if (best > limit) return best;
    next[to + 1] = tooMany;
    [row, next] = [next, row];
  }
  return row[lengthB]!;
}
