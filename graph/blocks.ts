/** Silence of every port kind, and the check that a node's answer is a block at all. */
import type { CompiledPort } from './compile.js';
import type { AudioBlock, CondBlock, EventBlock, PortKinds } from './node.js';

export type AnyBlock = PortKinds[keyof PortKinds];

/** Allocates. The block is never written again; whoever reads it must not write either. */
export function silenceOf(port: CompiledPort, maxBlockFrames: number): AnyBlock {
  switch (port.spec.kind) {
    case 'audio':
      return {
        channels: Array.from({ length: port.channels }, () => new Float32Array(maxBlockFrames)),
        isSilence: true,
      };
    case 'cond':
      return { data: new Float32Array(port.spec.dim), dim: port.spec.dim, numFrames: 0 };
    case 'event':
      return { events: [], count: 0 };
  }
}

export type BlockFault = 'none' | 'shape' | 'not-finite';

/** Allocation-free unless something is wrong. */
export function inspectBlock(port: CompiledPort, block: unknown, numFrames: number): BlockFault {
  if (typeof block !== 'object' || block === null) return 'shape';
  switch (port.spec.kind) {
    case 'audio':
      return inspectAudio(block as AudioBlock, port.channels, numFrames);
    case 'cond':
      return inspectCond(block as CondBlock, port.spec.dim);
    case 'event':
      return inspectEvents(block as EventBlock, numFrames);
  }
}

function inspectAudio(block: AudioBlock, channels: number, numFrames: number): BlockFault {
  if (!Array.isArray(block.channels) || block.channels.length !== channels) return 'shape';
  for (const channel of block.channels) {
    if (!(channel instanceof Float32Array) || channel.length < numFrames) return 'shape';
    if (!isFinite32(channel, numFrames)) return 'not-finite';
  }
  return 'none';
}

function inspectCond(block: CondBlock, dim: number): BlockFault {
  const { data, numFrames } = block;
  if (!(data instanceof Float32Array) || block.dim !== dim) return 'shape';
  if (!(Number.isInteger(numFrames) && numFrames >= 0 && numFrames * dim <= data.length)) return 'shape';
  return isFinite32(data, numFrames * dim) ? 'none' : 'not-finite';
}

function inspectEvents(block: EventBlock, numFrames: number): BlockFault {
  if (!Array.isArray(block.events) || !(block.count >= 0 && block.count <= block.events.length)) {
    return 'shape';
  }
  let earliest = 0;
  for (let i = 0; i < block.count; i++) {
    const { frameOffset, pitch, velocity } = block.events[i]!;
    if (!(frameOffset >= earliest && frameOffset < numFrames)) return 'shape';
    if (pitch * 0 + velocity * 0 !== 0) return 'not-finite';
    earliest = frameOffset;
  }
  return 'none';
}

/** x * 0 is 0 for every finite x and NaN for all others, so one sum without branches tells. */
function isFinite32(values: Float32Array, length: number): boolean {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i]! * 0;
  return sum === 0;
}
