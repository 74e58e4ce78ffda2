import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows } from './font.js';
import { encodePng } from './png.js';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

export const INK: Colour = [50, 50, 50];
export const GRID: Colour = [228, 228, 228];
const PAPER = 255;

/** Pixels to draw on, white at first. What lies outside is not drawn; coordinates are rounded. */
export class Canvas {
  readonly #pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.#pixels = new Uint8Array(width * height * 3).fill(PAPER);
  }

  /** A rectangle at least one pixel wide and high. */
  fill(x: number, y: number, width: number, height: number, colour: Colour): void {
    const left = Math.round(x);
    const top = Math.round(y);
    const right = left + Math.max(1, Math.round(width));
    const bottom = top + Math.max(1, Math.round(height));
    for (let row = Math.max(0, top); row < Math.min(this.height, bottom); row++) {
      for (let column = Math.max(0, left); column < Math.min(this.width, right); column++) {
        this.#pixels.set(colour, (row * this.width + column) * 3);
      }
    }
  }

  /** One pixel wide. */
  line(x0: number, y0: number, x1: number, y1: number, colour: Colour): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
    for (let i = 0; i <= steps; i++) {
      this.fill(x0 + ((x1 - x0) * i) / steps, y0 + ((y1 - y0) * i) / steps, 1, 1, colour);
    }
  }

  /** From its top left corner, or with `align` right from its top right one; `scale` is the size of a font's pixel. */
  text(
    x: number,
    y: number,
    text: string,
    {
      colour = INK,
      scale = 2,
      align = 'left',
    }: { colour?: Colour; scale?: number; align?: 'left' | 'right' } = {},
  ): void {
    let left = align === 'left' ? x : x - textWidth(text, scale);
    for (const character of text) {
      for (const [row, bits] of glyphRows(character).entries()) {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (((bits >> (GLYPH_WIDTH - 1 - column)) & 1) === 1)
            this.fill(left + column * scale, y + row * scale, scale, scale, colour);
        }
      }
      left += (GLYPH_WIDTH + 1) * scale;
    }
  }

  toPng(): Uint8Array {
    return encodePng(this.#pixels, this.width, this.height);
  }
}

export function textWidth(text: string, scale = 2): number {
  return (text.length * (GLYPH_WIDTH + 1) - 1) * scale;
}

export function textHeight(scale = 2): number {
  return GLYPH_HEIGHT * scale;
}

/** About `count` round values within [min, max]. */
export function ticks(min: number, max: number, count: number): number[] {
  const rough = (max - min) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10);
  const first = Math.ceil(min / step - 1e-9);
  return Array.from({ length: Math.floor(max / step + 1e-9) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}
