/** Colours on a terminal, plain text in a pipe. NO_COLOR and TERM=dumb are honoured. */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export interface Terminal {
  /** True when a person watches: things may be drawn over, progress may be shown. */
  readonly isInteractive: boolean;
  readonly columns: number;
  style(style: Style, text: string): string;
  write(text: string): void;
}

export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  const isInteractive = stream.isTTY === true && process.env.TERM !== 'dumb';
  const hasColour = isInteractive && (process.env.NO_COLOR ?? '') === '';
  return {
    isInteractive,
    get columns() {
      return stream.columns ?? 80;
    },
    style: (style, text) => (hasColour ? styleText(style, text) : text),
    write: (text) => {
      stream.write(text);
    },
  };
}

/** Results; what a pipe reads. */
export const out = terminalOf(process.stdout);
/** Progress, warnings, errors. */
export const err = terminalOf(process.stderr);

export function printLine(line = ''): void {
  out.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
