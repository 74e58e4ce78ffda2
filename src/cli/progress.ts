/** A progress bar on a terminal; silence in a pipe. */
import { err, type Terminal } from './terminal.js';

const barWidth = 30;
const redrawMs = 100;

export interface Progress {
  /** `done` of `total`, in any unit; `note` stands beside the bar. */
  update(done: number, total: number, note?: string): void;
  /** Takes the bar away. */
  end(): void;
}

export function showProgress(title: string, terminal: Terminal = err): Progress {
  let drawnAt = -Infinity;
  return {
    update(done, total, note = '') {
      const now = performance.now();
      if (!terminal.isInteractive || (now - drawnAt < redrawMs && done < total)) return;
      drawnAt = now;
      terminal.write(`\r\x1b[K${progressLine(title, done, total, note).slice(0, terminal.columns - 1)}`);
    },
    end() {
      if (terminal.isInteractive) terminal.write('\r\x1b[K');
    },
  };
}

export function progressLine(title: string, done: number, total: number, note: string): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  return `${title} ${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${note}`.trimEnd();
}
