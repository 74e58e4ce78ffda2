/** The filter of ITU-R BS.1770: a shelf for the head, and a high-pass. One channel. */
export class KWeighting {
  /** b0, b1, b2, a1, a2 of each of the two sections. */
  readonly #sections: readonly (readonly [number, number, number, number, number])[];
  readonly #memory = new Float64Array(4);

  constructor(sampleRate: number) {
    this.#sections = [shelf(sampleRate), highPass(sampleRate)];
  }

  next(x: number): number {
    const memory = this.#memory;
    let value = x;
    for (let s = 0; s < 2; s++) {
      const section = this.#sections[s]!;
      const out = section[0] * value + memory[2 * s]!;
      memory[2 * s] = section[1] * value - section[3] * out + memory[2 * s + 1]!;
      memory[2 * s + 1] = section[2] * value - section[4] * out;
      value = out;
    }
    return value;
  }
}

/** As the standard gives it for 48 kHz, for any rate: 4 dB above 1682 Hz. */
function shelf(sampleRate: number): [number, number, number, number, number] {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRate);
  const quality = 0.7071752369554196;
  const gain = 10 ** (3.999843853973347 / 20);
  const half = gain ** 0.4996667741545416;
  const a0 = 1 + k / quality + k * k;
  return [
    (gain + (half * k) / quality + k * k) / a0,
    (2 * (k * k - gain)) / a0,
    (gain - (half * k) / quality + k * k) / a0,
    (2 * (k * k - 1)) / a0,
    (1 - k / quality + k * k) / a0,
  ];
}

function highPass(sampleRate: number): [number, number, number, number, number] {
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const quality = 0.5003270373238773;
  const a0 = 1 + k / quality + k * k;
  return [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / quality + k * k) / a0];
}
