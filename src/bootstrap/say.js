/** What the set-up tells, always on stderr: stdout belongs to the command that follows. */
const isTerminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const running = new Set();
let timer;

function redraw() {
  const step = [...running]
    .map((s) => `${s.title} ${Math.round((Date.now() - s.since) / 1000)} s`)
    .join(' · ');
  const frame = frames[Math.floor(Date.now() / 100) % frames.length];
  process.stderr.write(`\r\x1b[K${frame} ${step}`.slice(0, (process.stderr.columns ?? 80) + 4));
}

export function say(line) {
  process.stderr.write(isTerminal && running.size > 0 ? `\r\x1b[K${line}\n` : `${line}\n`);
}

/** Shows `title` while `work` runs: a spinner with seconds on a terminal, one line before and after in a pipe. */
export async function step(title, work) {
  const shown = { title, since: Date.now() };
  running.add(shown);
  if (isTerminal) timer ??= setInterval(redraw, 100);
  else say(`${title} ...`);
  try {
    const result = await work();
    running.delete(shown);
    say(`${title}: done in ${((Date.now() - shown.since) / 1000).toFixed(1)} s`);
    return result;
  } finally {
    running.delete(shown);
    if (running.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
      process.stderr.write('\r\x1b[K');
    }
  }
}

/** An error that ends the set-up: a code, a sentence, what to do. */
export class SetupError extends Error {
  constructor(code, message, remedy, details = '') {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.details = details;
  }
}

export function sayError(error) {
  if (!(error instanceof SetupError)) return say(String(error?.stack ?? error));
  if (error.details !== '') say(error.details.trimEnd());
  say(`${error.code}: ${error.message}`);
  say(`  ${error.remedy}`);
}
