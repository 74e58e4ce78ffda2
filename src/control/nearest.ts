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
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let best = i;
    for (let k = 1; k <= b.length; k++) {
      const substituted = row[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1);
      const edits = Math.min(substituted, row[k]! + 1, next[k - 1]! + 1);
      next.push(edits);
      if (edits < best) best = edits;
    }
    if (best > limit) return best;
    row = next;
  }
  return row[b.length]!;
}
