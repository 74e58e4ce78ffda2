import { Command } from 'commander';
import { playDefaults } from '../../process/play-options.js';
import { numberBetween, port } from '../option-values.js';
import { printJson, printLine } from '../terminal.js';
import { textTable } from '../text-table.js';

interface StatusFlags {
  readonly oscPort: number;
  readonly host: string;
  readonly timeout: number;
  readonly json?: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .summary('ask a running engine how it is')
    .description('Asks a running engine for its status, over OSC.')
    .option('--osc-port <PORT>', 'where it listens', port, playDefaults.oscPort)
    .option('--host <ADDRESS>', 'where it runs', playDefaults.host)
    .option('--timeout <MS>', 'how long to wait for the answer', numberBetween(1, 60_000), 1000)
    .option('--json', 'for machines')
    .action(async ({ oscPort, host, timeout, json }: StatusFlags) => {
      const { askStatus } = await import('../ask-status.js');
      const status = await askStatus(host, oscPort, timeout);
      if (json) return printJson(status);
      const rows = Object.entries(status).map(([field, value]) => [field, shown(value)]);
      for (const line of textTable(rows)) printLine(line);
    });
}

function shown(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
