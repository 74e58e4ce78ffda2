/** What `play` shows, as text: pure functions of a status. */
import type { EngineStatus } from '../../control/status.js';
import type { Terminal } from '../terminal.js';

const meterWidth = 40;
/** The meter's left end. */
const meterFloorDb = -60;
const hotDb = -3;

export interface ScreenInfo {
  readonly title: string;
  /** Commands worth trying, ready to paste. */
  readonly examples: readonly string[];
  readonly host: string;
}

export function meter(peakDb: number, rmsDb: number): string {
  const cells = (db: number): number =>
    Math.round(Math.min(1, Math.max(0, 1 - db / meterFloorDb)) * meterWidth);
  const peak = cells(peakDb);
  const rms = Math.min(peak, cells(rmsDb));
  return '█'.repeat(rms) + '▒'.repeat(peak - rms) + '·'.repeat(meterWidth - peak);
}

export function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const decibels = (db: number): string => (db <= -120 ? 'silent' : `${db.toFixed(1)} dB`);

/** Redrawn in place on a terminal; every line fits its width. */
export function screenLines(status: EngineStatus, info: ScreenInfo, terminal: Terminal): string[] {
  const { style } = terminal;
  const levelStyle = status.peakDb > hotDb ? 'yellow' : 'green';
  const gaps = status.xruns + status.modelXruns;
  const causes = status.modelXruns > 0 && status.modelXrunCauses ? ` (${status.modelXrunCauses})` : '';
  const runaways = status.modelRunawayCauses && ` (${status.modelRunawayCauses})`;
  const sink = status.device === '' ? status.sink : `${status.sink} (${status.device})`;
  const lines: [string, (text: string) => string][] = [
    [
      `${info.title}   ${clockText(status.uptimeSeconds)}${status.muted ? '   MUTED' : ''}`,
      (text) => style('bold', text),
    ],
    [
      `level      ${meter(status.peakDb, status.rmsDb)} ${decibels(status.peakDb)} peak, ${decibels(status.rmsDb)} rms`,
      (text) => style(levelStyle, text),
    ],
    [
      `load       graph ${percent(status.loadMean)} (worst ${percent(status.loadPeak)}), models ${percent(status.modelLoad)}`,
      (text) => (Math.max(status.loadPeak, status.modelLoad) > 0.8 ? style('yellow', text) : text),
    ],
    [
      `xruns      ${status.xruns} of the sink, ${status.modelXruns} of the models${causes}`,
      (text) => (gaps > 0 ? style('yellow', text) : text),
    ],
    [
      `latency    ${status.latencyMs.toFixed(1)} ms from message to sound, look-ahead ${status.lookAheadMs.toFixed(1)} ms`,
      (text) => text,
    ],
    [
      `rollback   ${status.rollback}, ${status.rollbacks} so far, ${status.lateRollbacks} of them late`,
      (text) => (status.rollback === 'no-headroom' ? style('yellow', text) : text),
    ],
    [
      `watchdog   ${status.modelRunaways} times back to an earlier state${runaways}`,
      (text) => (status.modelRunaways > 0 ? style('yellow', text) : text),
    ],
    [`sink       ${sink}, ${status.sampleRate} Hz, ${status.channels} channels`, (text) => text],
    [`stepper    ${status.stepper || 'none'}`, (text) => text],
    [`OSC        udp ${info.host}:${status.oscPort}; try`, (text) => text],
    ...info.examples.map((line): [string, (text: string) => string] => [
      `           ${line}`,
      (text) => style('cyan', text),
    ]),
    ['Ctrl-C stops', (text) => style('dim', text)],
  ];
  return lines.map(([text, paint]) => paint(text.slice(0, terminal.columns - 1)));
}

/** One line for a log. */
export function statusLine(status: EngineStatus, title: string): string {
  return [
    `${clockText(status.uptimeSeconds)} ${title}`,
    `peak ${decibels(status.peakDb)}`,
    `load ${percent(status.loadMean)}`,
    `models ${percent(status.modelLoad)}`,
    `look-ahead ${status.lookAheadMs.toFixed(1)} ms`,
    `latency ${status.latencyMs.toFixed(1)} ms`,
    `xruns ${status.xruns}+${status.modelXruns}`,
    `osc ${status.oscPort}`,
  ].join(' | ');
}
