/** Shows a running engine: a screen that is redrawn in place on a terminal, a line every few seconds in a pipe. */
import type { EngineStatus } from '../../control/status.js';
import type { PlayEvent, PlayOptions } from '../../process/play-options.js';
import { out, type Terminal } from '../terminal.js';
import { oscsendLine } from './osc-example.js';
import { type ScreenInfo, screenLines, statusLine } from './screen.js';

const lineEveryMs = 5000;

export interface PresetTexts {
  readonly title: string;
  readonly messages: readonly string[];
}

export interface Display {
  status(status: EngineStatus): void;
  event(event: PlayEvent): void;
  /** The terminal is an ordinary one again. */
  end(): void;
}

/** `textsOf` gives title and messages of the preset that plays now; it may have been changed over OSC. */
export function createDisplay(
  options: PlayOptions,
  textsOf: (preset: string) => PresetTexts,
  terminal: Terminal = out,
): Display {
  const infoOf = (status: EngineStatus): ScreenInfo => {
    const { title, messages } = textsOf(status.preset);
    const examples = messages.slice(0, 3).map((text) => oscsendLine(text, options.host, status.oscPort));
    return { title, examples, host: options.host };
  };
  return terminal.isInteractive ? screenDisplay(infoOf, terminal) : lineDisplay(infoOf, terminal);
}

function eventText({ kind, message, code }: PlayEvent, terminal: Terminal): string {
  if (kind === 'error') return `${terminal.style('red', code ?? 'error')}: ${message}`;
  if (kind === 'warning' || kind === 'engine-died')
    return `${terminal.style('yellow', code ?? 'warning')}: ${message}`;
  return message;
}

function screenDisplay(infoOf: (status: EngineStatus) => ScreenInfo, terminal: Terminal): Display {
  let drawn = 0;
  let last: EngineStatus | undefined;
  const clear = (): void => {
    if (drawn > 0) terminal.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (last === undefined) return;
    const lines = screenLines(last, infoOf(last), terminal);
    const up = drawn > 0 ? `\x1b[${drawn}A\x1b[J` : '';
    terminal.write(`${up}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  terminal.write('\x1b[?25l');
  return {
    status(status) {
      last = status;
      draw();
    },
    event(event) {
      clear();
      terminal.write(`${eventText(event, terminal)}\n`);
      draw();
    },
    end() {
      terminal.write('\x1b[?25h');
    },
  };
}

function lineDisplay(infoOf: (status: EngineStatus) => ScreenInfo, terminal: Terminal): Display {
  let shownAt = -Infinity;
  let shownPreset = '';
  return {
    status(status) {
      const info = infoOf(status);
      if (status.preset !== shownPreset) {
        shownPreset = status.preset;
        terminal.write(`${info.title}; OSC on udp ${info.host}:${status.oscPort}; try\n`);
        for (const example of info.examples) terminal.write(`  ${example}\n`);
      }
      if (performance.now() - shownAt < lineEveryMs) return;
      shownAt = performance.now();
      terminal.write(`${statusLine(status, info.title)}\n`);
    },
    event(event) {
      terminal.write(`${eventText(event, terminal)}\n`);
    },
    end: () => undefined,
  };
}
