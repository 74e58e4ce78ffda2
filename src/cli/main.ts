/** The command `sashimi`, once everything is built. Sets the exit code and lets the process end by itself. */
import { createProgram } from './program.js';
import { reportError } from './report-error.js';

// A reader that has seen enough (`sashimi nodes | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

try {
  const args = process.argv.slice(2);
  await createProgram().parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' });
} catch (error) {
  process.exitCode = reportError(error);
}
