/** The known address nearest to one that is not known: what the sender probably meant. */

/** More edits than this are no slip of the finger. */
const MAX_EDITS = 6;

/** Time at most `known.length` times the square of an address's length; nearer ones end the search of others early. */
export function nearestAddress(address: string, known: Iterable<string>): string | undefined {
  if (address.length > 255) return undefined;
  let nearest: string | undefined;
  let limit = Math.min(MAX_EDITS, Math.ceil(address.length / 3));
  for (const candidate of known) {
    if (Math.abs(candidate.length - address.length) > limit) continue;
    const edits = countEdits(address, candidate, limit);
    if (edits > limit) continue;
    if (edits < limit || nearest === undefined) nearest = candidate;
    limit = edits;
  }
  return nearest;
}

/** Insertions, deletions and substitutions from `a` to `b`; some number above `limit` when there are more. */
function countEdits(a: string, b: string, limit: number): number {
  // What both begin and end with costs nothing and most addresses share much of it.
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  let row = Array.from({ length: endB - start + 1 }, (_, k) => k);
  for (let i = start; i < endA; i++) {
    const next = [i - start + 1];
    let best = next[0]!;
    for (let k = 1; k < row.length; k++) {
      const substituted = row[k - 1]! + (a[i] === b[start + k - 1] ? 0 : 1);
      const edits = Math.min(substituted, row[k]! + 1, next[k - 1]! + 1);
      next.push(edits);
      if (edits < best) best = edits;
    }
    if (best > limit) return best;
    row = next;
  }
  return row.at(-1)!;
}
