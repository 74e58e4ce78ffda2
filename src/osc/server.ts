/** The UDP socket: datagrams in, datagrams out, and coded errors when it cannot be opened. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { OscError } from '../control/errors.js';
import { reachable } from './reachable.js';
import type { Peer } from './worker-protocol.js';

const RECEIVE_BUFFER_BYTES = 1 << 20;
/** How long another engine on the port is given to name itself. */
const HOLDER_ANSWER_MS = 300;

export interface UdpServer {
  readonly port: number;
  /** Never throws; what cannot be sent is lost, as datagrams may be. */
  send(bytes: Uint8Array, to: Peer): void;
  close(): Promise<void>;
}

export interface UdpServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  admits(address: string): boolean;
  /** `bytes` belong to the callee. Must not throw. */
  onPacket(bytes: Uint8Array, from: Peer): void;
  /** The socket failed after it was opened and is closed. */
  onFailed(error: OscError): void;
}

export async function openUdpServer(options: UdpServerOptions): Promise<UdpServer> {
  const { host } = options;
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  socket.on('message', (bytes, { address, port }) => {
    // Nothing listens on port 0: an answer could not be sent, so nothing is read either.
    if (port !== 0 && options.admits(address)) options.onPacket(bytes, { address, port });
  });
  await bind(socket, options.port, host);
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system allows less: bursts are lost earlier, nothing else changes.
  }
  socket.on('error', (error) => {
    socket.close();
    options.onFailed(new OscError('OSC_SOCKET_FAILED', `The OSC socket failed: ${error.message}`));
  });
  return {
    port: socket.address().port,
    send: (bytes, to) => socket.send(bytes, to.port, to.address, () => undefined),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

async function bind(socket: Socket, port: number, host: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port, address: host, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    socket.close();
    throw await bindError(error as NodeJS.ErrnoException, port, host);
  }
}

async function bindError(error: NodeJS.ErrnoException, port: number, host: string): Promise<OscError> {
  if (error.code === 'EADDRINUSE') {
    const holder = await engineOnPort(port, host);
    const other = `start with --osc-port ${port < 65_535 ? port + 1 : port - 1}`;
    return new OscError(
      'OSC_PORT_IN_USE',
      `UDP port ${port} on ${host} is in use${holder === undefined ? '' : ` by ${holder}`}.`,
      holder === undefined
        ? `Find the process that holds it with \`ss -lunp sport = :${port}\` and quit it, or ${other}.`
        : `Quit it by sending /quit to port ${port}, or ${other}.`,
    );
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EINVAL')
    return new OscError('OSC_HOST_UNAVAILABLE', `${host} is no address of this machine (${error.code}).`);
  if (error.code === 'EACCES')
    return new OscError(
      'OSC_SOCKET_FAILED',
      `UDP port ${port} may not be opened by this user.`,
      'Choose a port above 1023 with --osc-port.',
    );
  return new OscError('OSC_SOCKET_FAILED', `UDP port ${port} on ${host} cannot be opened: ${error.message}`);
}

/** Name and version of the engine that answers there, when one does. */
async function engineOnPort(port: number, host: string): Promise<string | undefined> {
  // Loaded only now: the worker starts sooner without it, and a restarted engine counts on that.
  const { createOscClient } = await import('./client.js');
  const client = await createOscClient({ port, host: reachable(host) });
  try {
    const { args } = await client.request('/version', [], '/version.reply', HOLDER_ANSWER_MS);
    const [name, version] = args.map((arg) => (arg.type === 's' ? arg.value : undefined));
    return name === undefined ? undefined : `${name} ${version ?? ''}`.trim();
  } catch {
    return undefined;
  } finally {
    await client.close();
  }
}
