/** PortAudio through the addon of naudiodon: the driver with the shortest way to the device. */
import type { SinkDevice, SinkDriver, SinkFormat, SinkProbe, SinkStream } from '../driver.js';
import { SinkError } from '../errors.js';
import { Interleaver } from '../interleaver.js';
import {
  findBinding,
  loadBinding,
  type PortAudioBinding,
  type PortAudioStream,
} from './naudiodon-binding.js';
import { type Survey, surveyDevices } from './naudiodon-survey.js';

const FLOAT_32 = 1;
/** Blocks waiting in the addon, beside the one that PortAudio reads and the one that waits to be queued. */
const MAX_QUEUE = 2;

export const naudiodon: SinkDriver = { name: 'naudiodon', probe, devices, open };

async function probe(): Promise<SinkProbe> {
  const found = findBinding();
  if (!('path' in found)) return { available: false, ...found };
  try {
    const { devices: list } = await surveyDevices(found.path);
    if (list.length > 0) return { available: true };
  } catch (error) {
    return {
      available: false,
      reason: `the addon of naudiodon cannot be loaded: ${(error as Error).message}`,
      remedy: 'Install libasound2 (on Debian), then run npm rebuild naudiodon --foreground-scripts.',
    };
  }
  return {
    available: false,
    reason: 'PortAudio sees no output device',
    remedy: 'Connect a sound card; sashimi devices lists what is there.',
    isDeviceMissing: true,
  };
}

async function devices(): Promise<readonly SinkDevice[]> {
  const found = findBinding();
  if (!('path' in found)) return [];
  return listOf(await surveyDevices(found.path).catch(() => ({ devices: [], defaultId: -1 })));
}

function listOf({ devices: list, defaultId }: Pick<Survey, 'devices' | 'defaultId'>): SinkDevice[] {
  return list.map(({ id, name, maxOutputChannels, defaultSampleRate }) => ({
    name,
    isDefault: id === defaultId,
    channels: maxOutputChannels,
    sampleRate: defaultSampleRate,
  }));
}

/** PortAudio writes a few lines to standard output when it opens a device: nothing can be done about it from here. */
async function open(format: SinkFormat, device?: string): Promise<SinkStream> {
  const found = findBinding();
  if (!('path' in found)) throw new SinkError('SINK_UNAVAILABLE', found.reason, { remedy: found.remedy });
  const binding = loadBinding(found.path);
  const deviceId = device === undefined ? -1 : findDevice(binding, device);
  let stream: PortAudioStream;
  try {
    stream = binding.create({
      outOptions: {
        channelCount: format.channels,
        sampleFormat: FLOAT_32,
        sampleRate: format.sampleRate,
        deviceId,
        framesPerBuffer: format.blockFrames,
        maxQueue: MAX_QUEUE,
        // For the addon this means: answer a write with the text of an underflow, which is counted. It closes nothing.
        closeOnError: true,
      },
    });
  } catch (cause) {
    throw new SinkError('SINK_FORMAT', `${device ?? 'the default device'}: ${(cause as Error).message}`, {
      cause,
    });
  }
  return new NaudiodonStream(stream, format, device ?? 'default device');
}

function findDevice(binding: PortAudioBinding, name: string): number {
  const found = binding.getDevices().find((d) => d.name === name && d.maxOutputChannels > 0);
  if (found === undefined) throw new SinkError('SINK_DEVICE', `PortAudio sees no output device "${name}"`);
  return found.id;
}

/** Exported for its test, which plays into an addon of its own making. */
export class NaudiodonStream implements SinkStream {
  readonly latencyFrames: number;
  readonly description: string;
  private readonly interleaver: Interleaver;
  private readonly bytes: Uint8Array;
  private underflows = 0;
  private isOpen = true;
  private pending: Promise<string | undefined> = Promise.resolve(undefined);
  private closing: Promise<void> | undefined;

  constructor(
    private readonly stream: PortAudioStream,
    { channels, blockFrames }: SinkFormat,
    device: string,
  ) {
    // The block being gathered, the queue, and the two periods that PortAudio keeps at the device.
    this.latencyFrames = (1 + MAX_QUEUE + 2) * blockFrames;
    this.description = `naudiodon: ${device}`;
    this.interleaver = new Interleaver(channels, blockFrames, () => {
      this.pending = this.stream.write(this.bytes);
    });
    const { buffer } = this.interleaver;
    this.bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  get xruns(): number {
    return this.underflows;
  }

  /**
   * The queue is filled before the device starts, because PortAudio's callback waits for data instead of playing
   * silence. From there on the answer to each write is the clock: it comes when the queue has room again.
   */
  start(demand: () => void): void {
    void this.feed(demand);
  }

  private async feed(demand: () => void): Promise<void> {
    for (let i = 0; i < MAX_QUEUE && this.isOpen; i++) {
      demand();
      await this.queued();
    }
    if (this.isOpen) this.startDevice();
    while (this.isOpen) {
      demand();
      await this.queued();
    }
  }

  /** A device that does not start never asks again, by which `SteadyStream` knows that it is lost. */
  private startDevice(): void {
    try {
      this.stream.start();
    } catch {
      this.isOpen = false;
    }
  }

  private async queued(): Promise<void> {
    try {
      const said = await this.pending;
      if (said?.includes('output underflow') === true) this.underflows++;
    } catch {
      this.isOpen = false;
    }
  }

  write(block: Parameters<SinkStream['write']>[0], numFrames: number): void {
    if (this.isOpen) this.interleaver.write(block, numFrames);
  }

  async close(): Promise<void> {
    this.isOpen = false;
    this.closing ??= this.stream.quit('ABORT');
    await this.closing;
  }
}
