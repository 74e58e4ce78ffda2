/** `sashimi play`: starts the supervisor, shows what it tells, and stops it on the signals that ask for it. */
import { readPreset } from '../../engine/presets.js';
import { type PlayHandle, type PlayOptions, startPlay } from '../../process/index.js';
import { createDisplay, type PresetTexts } from './display.js';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves to the exit code when the engine has ended. */
export async function play(options: PlayOptions): Promise<number> {
  const { name, patch } = readPreset(options.preset, options.presetFolder); // a wrong preset is told before any process starts
  const starting = startPlay(options);
  // Ctrl-C counts from here on, also before the engine is up.
  const stop = (): void => void starting.then((handle) => handle.stop(), ignoreFailedStart);
  for (const signal of stopSignals) process.once(signal, stop);
  try {
    const handle = await starting;
    return await show(handle, options, new Map([[name, patch]]));
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

/** Whoever awaits the start tells it. */
function ignoreFailedStart(): void {}

async function show(
  handle: PlayHandle,
  options: PlayOptions,
  texts: Map<string, PresetTexts>,
): Promise<number> {
  const display = createDisplay(options, (preset) => textsOf(preset, texts, options.presetFolder));
  const shown = [
    handle.events$.subscribe((event) => display.event(event)),
    handle.status$.subscribe((status) => display.status(status)),
  ];
  try {
    return await handle.done;
  } finally {
    for (const subscription of shown) subscription.unsubscribe();
    display.end();
  }
}

/** A preset may have been loaded over OSC: its texts are read once, and are not worth failing for. */
function textsOf(
  preset: string,
  known: Map<string, PresetTexts>,
  presetFolder: string | undefined,
): PresetTexts {
  const texts = known.get(preset);
  if (texts !== undefined) return texts;
  let read: PresetTexts;
  try {
    read = readPreset(preset, presetFolder).patch;
  } catch {
    read = { title: preset, messages: [] };
  }
  known.set(preset, read);
  return read;
}
