/** An argument with spaces stands in double quotes. */
const WORD = /"([^"]*)"|\S+/g;

/** A message as a patch writes it, as a command to paste: `/node/model/temperature 0.8` to `oscsend localhost 9010 ... f 0.8`. */
export function oscsendLine(message: string, host: string, port: number): string {
  const [address = '', ...args] = Array.from(message.matchAll(WORD), ([word, text]) => text ?? word);
  const typed = args.flatMap((arg) => [typeOf(arg), quoted(arg)]);
  const target = host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host;
  return ['oscsend', target, port, quoted(address), ...typed].join(' ');
}

/** Patterns hold characters that a shell would take for its own. */
function quoted(word: string): string {
  return /^[\w./+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** OSC coerces numbers both ways, so `f` is right for every number. */
function typeOf(arg: string): 'f' | 's' {
  return Number.isNaN(Number(arg)) ? 's' : 'f';
}
