/** Newline-delimited JSON over a stream socket, both ways, with a bound on every line. */
import type { Socket } from 'node:net';

/** A patch with its values fits many times over. */
const maxLineBytes = 4 * 1024 * 1024;

export class JsonLines {
  private pending = '';
  private readonly dropped: (why: string) => void;

  /**
   * `receive` gets every well-formed value; what is too long or no JSON is dropped and told.
   * A peer that goes away is no error here: `closed` is called once.
   */
  constructor(
    private readonly socket: Socket,
    handlers: {
      readonly receive: (value: unknown) => void;
      readonly closed: () => void;
      readonly dropped?: (why: string) => void;
    },
  ) {
    this.dropped = handlers.dropped ?? (() => {});
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.take(chunk, handlers.receive));
    socket.on('error', () => socket.destroy());
    socket.once('close', handlers.closed);
  }

  /** False when the peer has gone; never throws. */
  send(value: unknown): boolean {
    if (this.socket.destroyed || !this.socket.writable) return false;
    this.socket.write(`${JSON.stringify(value)}\n`);
    return true;
  }

  /** Bytes that the peer has not taken yet: a stopped peer must not fill this process's memory. */
  get backlogBytes(): number {
    return this.socket.writableLength;
  }

  close(): void {
    this.socket.end();
  }

  private take(chunk: string, receive: (value: unknown) => void): void {
    this.pending += chunk;
    let newline = this.pending.indexOf('\n');
    while (newline >= 0) {
      const line = this.pending.slice(0, newline);
      this.pending = this.pending.slice(newline + 1);
      const value = this.parse(line);
      if (value !== undefined) receive(value);
      newline = this.pending.indexOf('\n');
    }
    if (this.pending.length > maxLineBytes) {
      this.dropped(`a line longer than ${maxLineBytes} bytes`);
      this.socket.destroy();
    }
  }

  private parse(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch {
      this.dropped('a line that is no JSON');
      return undefined;
    }
  }
}
