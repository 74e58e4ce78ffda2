/**
 * A process that records by PortAudio, through the addon of naudiodon: sound goes out at file descriptor 3, and what is to be said
 * of it over the channel to the parent. Standard output belongs to PortAudio, which writes there as it likes. It ends with its parent.
 */
import { Socket } from 'node:net';
import { loadBinding, type PortAudioInput } from '../../nodes/index.js';
import {
  type CaptureEnd,
  type CaptureFormat,
  type CaptureWish,
  channelsFor,
  isNamed,
  listed,
} from './capture-program.js';

export type PortAudioNews =
  | { readonly kind: 'opened'; readonly format: CaptureFormat }
  | { readonly kind: 'ended'; readonly end: CaptureEnd };

const FLOAT_32 = 1;
/** Pieces that may wait in the addon while this process is held up; an empty queue delays nothing. */
const MAX_QUEUE = 64;
/** Nobody reads any more: what comes is left out. */
const MOST_WAITING_BYTES = 1 << 20;

const [bindingPath = '', wishText = '{}'] = process.argv.slice(2);

process.on('disconnect', () => process.exit());
try {
  await capture(JSON.parse(wishText) as CaptureWish);
} catch (error) {
  refuse('AUDIO_INPUT_FAILED', error instanceof Error ? error.message : String(error));
}

async function capture(wish: CaptureWish): Promise<void> {
  const binding = loadBinding(bindingPath);
  const inputs = binding.getDevices().filter(({ maxInputChannels }) => maxInputChannels > 0);
  const apis = binding.getHostAPIs();
  const defaultId = apis.HostAPIs[apis.defaultHostAPI]?.defaultInput;
  const device =
    wish.device === ''
      ? (inputs.find(({ id }) => id === defaultId) ?? inputs[0])
      : inputs.find(({ name }) => isNamed(name, wish.device));
  if (device === undefined) {
    const wanted = wish.device === '' ? 'no input' : `no input "${wish.device}"`;
    refuse('AUDIO_INPUT_ABSENT', `PortAudio sees ${wanted}: ${listed(inputs.map(({ name }) => name))}`);
    return;
  }
  if (wish.firstChannel > device.maxInputChannels) {
    const has = `"${device.name}" has ${device.maxInputChannels} channels`;
    refuse('AUDIO_INPUT_FAILED', `${has}, so none with the number ${wish.firstChannel}`);
    return;
  }
  const channels = Math.min(channelsFor(wish), device.maxInputChannels);
  const open = (sampleRate: number): PortAudioInput =>
    binding.create({
      inOptions: {
        channelCount: channels,
        sampleFormat: FLOAT_32,
        sampleRate,
        deviceId: device.id,
        framesPerBuffer: wish.pieceFrames,
        maxQueue: MAX_QUEUE,
        // Else an overflow would be given in the place of the sound that is there.
        closeOnError: false,
      },
    });
  let { sampleRate } = wish;
  let stream: PortAudioInput;
  try {
    stream = open(sampleRate);
  } catch {
    sampleRate = device.defaultSampleRate;
    stream = open(sampleRate);
  }
  stream.start();
  say({ kind: 'opened', format: { device: device.name, sampleRate, channels } });
  const out = new Socket({ fd: 3 });
  out.on('error', () => process.exit());
  for (;;) {
    const { buf, finished } = await stream.read(4 * channels * wish.pieceFrames);
    if (finished) break;
    if (out.writableLength < MOST_WAITING_BYTES) out.write(buf);
  }
  refuse('AUDIO_INPUT_FAILED', `PortAudio has ended the stream of "${device.name}"`);
}

function say(news: PortAudioNews): void {
  process.send?.(news);
}

function refuse(code: CaptureEnd['code'], sentence: string): void {
  process.send?.({ kind: 'ended', end: { code, sentence } } satisfies PortAudioNews, () => process.exit());
}
