/** Cost of a model over time as an SVG picture: block after block, and within a block frame after frame. */
import { largest, mean } from './order-statistics.js';

export interface CostSeries {
  readonly title: string;
  readonly blockFrames: number;
  /** Hz, of the model. */
  readonly sampleRate: number;
  /** Milliseconds of consecutive blocks as measured once, and each at its fastest repeat. */
  readonly measuredMs: Float64Array;
  readonly fastestMs: Float64Array;
  /** Microseconds of the frames of one period of the tiers, stepped one at a time: the middle of many. */
  readonly frameUs: Float64Array;
}

const width = 960;
const panelHeight = 300;
const plot = { left: 70, right: 20, top: 46, bottom: 44 } as const;
const colours = { measured: '#9aa7b4', fastest: '#0b6e99', deadline: '#c0392b', frame: '#0b6e99' } as const;
const numTicks = 5;

export function costPicture(series: CostSeries): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${2 * panelHeight}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${2 * panelHeight}" fill="white"/>`,
    ...blocksPanel(series),
    ...framesPanel(series),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function blocksPanel({ title, blockFrames, sampleRate, measuredMs, fastestMs }: CostSeries): string[] {
  const blockMs = (blockFrames * 1000) / sampleRate;
  const seconds = (measuredMs.length * blockMs) / 1000;
  const axes = new Axes(0, seconds, Math.max(blockMs, largest(measuredMs)) * 1.08);
  const dots = (values: Float64Array, colour: string, radius: number): string[] =>
    Array.from(values, (ms, i) => axes.dot(((i + 0.5) * blockMs) / 1000, ms, colour, radius));
  return [
    ...axes.frame(
      `${title}: cost of consecutive blocks of ${blockFrames} frames`,
      'seconds of sound',
      'ms per block',
    ),
    ...dots(measuredMs, colours.measured, 1.6),
    ...dots(fastestMs, colours.fastest, 1.2),
    axes.line(blockMs, colours.deadline),
    ...axes.legend([
      ['as measured', colours.measured],
      [`at its fastest repeat, mean ${mean(fastestMs).toFixed(3)} ms`, colours.fastest],
      [`a block lasts ${blockMs.toFixed(2)} ms`, colours.deadline],
    ]),
  ];
}

function framesPanel({ sampleRate, frameUs }: CostSeries): string[] {
  const axes = new Axes(panelHeight, frameUs.length, largest(frameUs) * 1.25);
  return [
    ...axes.frame(
      'Cost of single frames: where the tiers step together',
      'frame of the period of all tiers',
      'us per frame',
    ),
    ...Array.from(frameUs, (us, i) => axes.bar(i, us, colours.frame)),
    axes.line(mean(frameUs), colours.measured),
    ...axes.legend([
      ['the middle of many periods, one call per frame', colours.frame],
      [
        `mean ${mean(frameUs).toFixed(1)} us, a frame lasts ${(1e6 / sampleRate).toFixed(1)} us`,
        colours.measured,
      ],
    ]),
  ];
}

/** A plot from (0, 0) to (`xMax`, `yMax`), `offset` pixels down. */
class Axes {
  private readonly bottom: number;

  constructor(
    private readonly offset: number,
    private readonly xMax: number,
    private readonly yMax: number,
  ) {
    this.bottom = offset + panelHeight - plot.bottom;
  }

  frame(title: string, xLabel: string, yLabel: string): string[] {
    const middle = (plot.left + width - plot.right) / 2;
    const centre = (this.offset + plot.top + this.bottom) / 2;
    const parts = [
      `<text x="${plot.left}" y="${this.offset + 22}" font-size="15">${escaped(title)}</text>`,
      `<text x="${middle}" y="${this.bottom + 36}" text-anchor="middle">${xLabel}</text>`,
      `<text transform="translate(16 ${centre}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
      `<path d="M${plot.left} ${this.offset + plot.top}V${this.bottom}H${width - plot.right}" fill="none" stroke="#444"/>`,
    ];
    for (const value of ticks(this.xMax)) {
      parts.push(
        `<text x="${this.x(value)}" y="${this.bottom + 18}" text-anchor="middle">${label(value)}</text>`,
      );
    }
    for (const value of ticks(this.yMax)) {
      const y = this.y(value);
      parts.push(`<path d="M${plot.left} ${y}H${width - plot.right}" stroke="#eee"/>`);
      parts.push(
        `<text x="${plot.left - 8}" y="${(Number(y) + 4).toFixed(1)}" text-anchor="end">${label(value)}</text>`,
      );
    }
    return parts;
  }

  dot(x: number, y: number, colour: string, radius: number): string {
    return `<circle cx="${this.x(x)}" cy="${this.y(y)}" r="${radius}" fill="${colour}"/>`;
  }

  bar(index: number, y: number, colour: string): string {
    const barWidth = ((width - plot.left - plot.right) / this.xMax) * 0.7;
    const top = this.y(y);
    const height = (this.bottom - Number(top)).toFixed(1);
    return `<rect x="${this.x(index + 0.15)}" y="${top}" width="${barWidth.toFixed(1)}" height="${height}" fill="${colour}"/>`;
  }

  line(y: number, colour: string): string {
    return `<path d="M${plot.left} ${this.y(y)}H${width - plot.right}" stroke="${colour}" stroke-dasharray="6 3"/>`;
  }

  legend(entries: readonly (readonly [string, string])[]): string[] {
    let x = plot.left;
    return entries.map(([text, colour]) => {
      const part = `<rect x="${x}" y="${this.offset + 30}" width="9" height="9" fill="${colour}"/><text x="${x + 14}" y="${this.offset + 39}">${escaped(text)}</text>`;
      x += 40 + text.length * 6.4;
      return part;
    });
  }

  private x(value: number): string {
    return (plot.left + (value / this.xMax) * (width - plot.left - plot.right)).toFixed(1);
  }

  private y(value: number): string {
    const height = panelHeight - plot.top - plot.bottom;
    return (this.bottom - (value / this.yMax) * height).toFixed(1);
  }
}

/** About five round values from 0 to `max`. */
function ticks(max: number): number[] {
  const rough = max / numTicks;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10);
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
