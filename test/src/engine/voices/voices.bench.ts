/**
 * What voices cost: `node dist/test/src/engine/voices/voices.bench.js`. Prints; asserts nothing.
 * The strip of one voice, steady and moving, on 2 and 8 channels; and addresses that come and go beside those of 63 voices.
 */
import { createNodeRegistry } from '../../../../src/container/node-registry.js';
import { addressTableOf, voiceAddresses } from '../../../../src/control/index.js';
import { readPreset } from '../../../../src/engine/presets.js';
import { VoiceStrip } from '../../../../src/engine/voices/voice-strip.js';
import { AddressIndex } from '../../../../src/osc/address-index.js';

const sampleRate = 48_000;
const blockFrames = 256;
const seconds = 10;

function blockOf(channels: number) {
  return { channels: Array.from({ length: channels }, () => new Float32Array(blockFrames).fill(0.1)) };
}

/** Share of one core, in percent. */
function stripPercent(channels: number, isMoving: boolean): string {
  const strip = new VoiceStrip({ azimuth: 20, distance: 3 }, 0, channels, blockFrames, sampleRate);
  const [from, mix] = [blockOf(1), blockOf(channels)];
  const numBlocks = (seconds * sampleRate) / blockFrames;
  const run = (): void => {
    for (let n = 0; n < numBlocks; n++) {
      if (isMoving && n % 3 === 0) strip.move({ azimuth: n, distance: 1 + (n % 10) }, 16);
      strip.add(from, mix, blockFrames);
    }
  };
  run();
  const startMs = performance.now();
  run();
  return ((performance.now() - startMs) / seconds / 10).toFixed(3);
}

function microseconds(work: () => void, times: number): string {
  work();
  const startMs = performance.now();
  for (let n = 0; n < times; n++) work();
  return (((performance.now() - startMs) * 1000) / times).toFixed(0);
}

for (const channels of [2, 8])
  for (const isMoving of [false, true])
    console.log(
      `strip, ${channels} channels, ${isMoving ? 'moving' : 'steady'}: ${stripPercent(channels, isMoving)} % of a core`,
    );

const registry = createNodeRegistry([]);
const { patch } = readPreset('shore');
const index = new AddressIndex(addressTableOf(patch, registry));
for (let n = 0; n < 63; n++) index.add(voiceAddresses(`voice-${n}`, patch, registry));
const last = voiceAddresses('voice-63', patch, registry);
const change = (): void => {
  index.add(structuredClone(last));
  index.remove(last);
};
console.log(`a voice of ${last.length} addresses comes and goes beside 63: ${microseconds(change, 2000)} us`);
const all = [...addressTableOf(patch, registry)];
for (let n = 0; n < 64; n++) all.push(...voiceAddresses(`voice-${n}`, patch, registry));
const whole = (): void => {
  new AddressIndex(structuredClone(all));
};
console.log(`the same by a new table of all ${all.length} addresses: ${microseconds(whole, 50)} us`);
