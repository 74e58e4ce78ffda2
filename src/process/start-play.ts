import { createSocket } from 'node:dgram';
import type { PlayHandle, PlayOptions } from './play-options.js';
import { Supervisor } from './supervisor.js';

/**
 * Plays: takes over the engine that an earlier supervisor left playing on `options.oscPort`, or starts one.
 * Rejects with a coded error when it cannot start; a named device that is not there yet is waited for.
 * OSC port 0 takes a free one.
 */
export async function startPlay(options: PlayOptions): Promise<PlayHandle> {
  const oscPort = options.oscPort === 0 ? await freeUdpPort(options.host) : options.oscPort;
  return Supervisor.begin({ ...options, oscPort });
}

function freeUdpPort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.bind(0, host, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
