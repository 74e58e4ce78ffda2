import assert from 'node:assert/strict';
import { progressLine, showProgress } from '../../../src/cli/progress.js';
import type { Terminal } from '../../../src/cli/terminal.js';

const clearLine = '\r\x1b[K';

function recordingTerminal(isInteractive: boolean): {
  readonly terminal: Terminal;
  readonly written: string[];
} {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  return { terminal: { isInteractive, columns: 60, style: (_style, text) => text, write }, written };
}

describe('progress', () => {
  it('is silent in a pipe', () => {
    const { terminal, written } = recordingTerminal(false);
    const progress = showProgress('Rendering', terminal);
    progress.update(1, 2);
    progress.end();
    assert.deepEqual(written, []);
  });

  it('draws over itself on a terminal and goes away', () => {
    const { terminal, written } = recordingTerminal(true);
    const progress = showProgress('Rendering', terminal);
    progress.update(1, 2);
    progress.end();
    assert.deepEqual(written, [`${clearLine}Rendering ${'█'.repeat(15)}${'░'.repeat(15)}  50 %`, clearLine]);
  });

  it('stays inside the terminal and between 0 and 100 %', () => {
    const { terminal, written } = recordingTerminal(true);
    showProgress('Rendering', terminal).update(1, 1, 'x'.repeat(200));
    assert.ok((written[0] ?? '').length <= 60 + clearLine.length);
    assert.match(progressLine('a', 3, 2, ''), /100 %$/);
    assert.match(progressLine('a', 0, 0, ''), / 0 %$/);
  });
});
