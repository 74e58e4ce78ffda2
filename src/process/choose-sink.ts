/** Which sink a live engine plays into. */
import type { SinkDrivers } from '../../nodes/index.js';
import type { EngineSink } from '../engine/options.js';
import type { PlaySink } from './play-options.js';

export interface ChosenSink {
  readonly sink: EngineSink;
  /** Nobody hears it: the last minutes are kept. */
  readonly isRecorded: boolean;
}

/**
 * A device that was asked for by name is the one that is taken, now or when it comes. Without a name the speaker
 * is taken where a driver works, and else the null sink, with a recording of the last minutes.
 */
export async function chooseSink(
  asked: PlaySink | undefined,
  channels: number,
  comment: string,
  drivers: SinkDrivers,
  tell: (message: string) => void,
): Promise<ChosenSink> {
  if (asked?.type === 'null') return { sink: { type: 'null', settings: {} }, isRecorded: false };
  if (asked?.type === 'wav-file') {
    return { sink: { type: 'wav-file', settings: { path: asked.path, comment } }, isRecorded: false };
  }
  if (asked?.device !== undefined) {
    return { sink: { type: 'speaker', settings: { device: asked.device, channels } }, isRecorded: false };
  }
  const reasons: string[] = [];
  for (const driver of drivers.list()) {
    if (driver.name === 'null') continue;
    const found = await driver.probe();
    if (found.available) return { sink: { type: 'speaker', settings: { channels } }, isRecorded: false };
    reasons.push(`${driver.name}: ${found.reason}`);
  }
  tell(`No sound card can be used here (${reasons.join('; ')}). Plays into the clocked null sink instead.`);
  return { sink: { type: 'null', settings: {} }, isRecorded: true };
}
