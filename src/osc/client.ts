/**
 * A small OSC client: `sashimi status`, tests, and a server that wants to know who holds its
 * port. Encodes with osc-js; decodes with our own codec.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import OSC from 'osc-js';
import { type Observable, Subject } from 'rxjs';
import { OSC_CODES, OscError, type OscErrorCode } from '../control/errors.js';
import type { OscArg, OscMessage, OscPacket } from './wire.js';
import { decodePacket } from './wire-decode.js';

export interface OscClientOptions {
  readonly port: number;
  /** Loopback when left out. */
  readonly host?: string;
}

/** The types that osc-js writes as given. */
export type ClientArg =
  | { readonly type: 'i' | 'f' | 'd'; readonly value: number }
  | { readonly type: 's'; readonly value: string }
  | { readonly type: 'T' | 'F' };

export interface OscClient {
  /** All messages received, bundles taken apart. */
  readonly messages$: Observable<OscMessage>;
  send(address: string, args?: readonly ClientArg[]): Promise<void>;
  /** Bytes as they are, for tests and for clients that encode themselves. */
  sendBytes(bytes: Uint8Array): Promise<void>;
  /**
   * Sends and waits for `answer`: `/status.reply`, `/synced`, or `/done` for this address. Rejects with
   * the code of a `/fail` for this address, or with OSC_TIMEOUT.
   */
  request(
    address: string,
    args: readonly ClientArg[],
    answer: string,
    timeoutMs?: number,
  ): Promise<OscMessage>;
  close(): Promise<void>;
}

export async function createOscClient({ port, host = '127.0.0.1' }: OscClientOptions): Promise<OscClient> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const messages$ = new Subject<OscMessage>();
  socket.on('message', (bytes) => {
    const decoded = decodePacket(bytes);
    if (decoded.ok) for (const message of flatten(decoded.packet)) messages$.next(message);
  });
  // A refused port is reported on the socket; the request that gets no answer tells it.
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.bind(0, () => resolve()));
  const sendBytes = (bytes: Uint8Array): Promise<void> => sendTo(socket, bytes, port, host);
  const send = (address: string, args: readonly ClientArg[] = []): Promise<void> =>
    sendBytes(encode(address, args));
  return {
    messages$,
    send,
    sendBytes,
    request: (address, args, answer, timeoutMs = 1000) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          subscription.unsubscribe();
          settle();
        };
        const timer = setTimeout(
          () => finish(() => reject(timeoutError(address, host, port, timeoutMs))),
          timeoutMs,
        );
        const subscription = messages$.subscribe((message) => {
          if (message.address === '/fail' && textAt(message, 0) === address)
            finish(() => reject(failError(message)));
          else if (message.address === answer && (answer !== '/done' || textAt(message, 0) === address))
            finish(() => resolve(message));
        });
        send(address, args).catch((error) => finish(() => reject(error)));
      }),
    close: () => {
      messages$.complete();
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/** What Node loads is the class with its parts; the types of the package describe something else. */
const { TypedMessage } = OSC as unknown as {
  readonly TypedMessage: new (
    address: string,
    args: readonly { readonly type: string; readonly value: number | string | boolean }[],
  ) => { pack(): Uint8Array };
};

function encode(address: string, args: readonly ClientArg[]): Uint8Array {
  const typed = args.map((arg) => ({ type: arg.type, value: clientValue(arg) }));
  return new TypedMessage(address, typed).pack();
}

/** osc-js writes the low byte of each character: given the bytes of UTF-8 as characters, it writes UTF-8. */
function clientValue(arg: ClientArg): number | string | boolean {
  if (arg.type === 's') return Buffer.from(arg.value).toString('latin1');
  return 'value' in arg ? arg.value : true;
}

function sendTo(socket: Socket, bytes: Uint8Array, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, port, host, (error) => (error ? reject(error) : resolve()));
  });
}

function flatten(packet: OscPacket): readonly OscMessage[] {
  return packet.kind === 'message' ? [packet] : packet.elements.flatMap(flatten);
}

function textAt(message: OscMessage, index: number): string | undefined {
  const arg: OscArg | undefined = message.args[index];
  return arg?.type === 's' ? arg.value : undefined;
}

function failError(message: OscMessage): OscError {
  const code = textAt(message, 1) ?? 'OSC_SOCKET_FAILED';
  const remedy = code in OSC_CODES ? OSC_CODES[code as OscErrorCode].remedy : 'See docs/errors.md.';
  return new OscError(code as OscErrorCode, textAt(message, 2) ?? 'The engine refused.', remedy);
}

function timeoutError(address: string, host: string, port: number, timeoutMs: number): OscError {
  return new OscError(
    'OSC_TIMEOUT',
    `No answer to ${address} from ${host}:${port} within ${timeoutMs} ms.`,
    `Check that an engine listens there: \`sashimi status --osc-port ${port}\`.`,
  );
}
