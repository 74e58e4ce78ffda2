/** Seeded randomness: the only kind in the graph. */

/** Mixes a uint32 thoroughly: every input bit reaches every output bit. */
function mix32(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The seed of a node: depends on the engine's seed and the node's id only, not on its place in the patch. */
export function deriveSeed(engineSeed: number, nodeId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < nodeId.length; i++) hash = Math.imul(hash ^ nodeId.charCodeAt(i), 0x01000193);
  return mix32(mix32(engineSeed) ^ hash);
}

/** A small fast counter generator (sfc32): uniform in [0, 1) in steps of 2^-32, allocation-free. */
export function createRandom(seed: number): () => number {
  let a = mix32(seed);
  let b = mix32(seed + 0x9e3779b9);
  let c = mix32(seed ^ 0x6a09e667);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
