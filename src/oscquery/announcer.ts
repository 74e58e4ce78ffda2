/**
 * Announces an engine by mDNS, so that clients find it without an address. Best effort: without a network, without
 * multicast, or where the port is refused, nothing happens. An engine on the loopback is announced to this machine only.
 */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import multicastDns from 'multicast-dns';
import { monotonicMs, TokenBucket } from '../osc/index.js';
import { type Announced, type Asked, answersTo, isTaken, probesOf, recordsOf } from './announcement.js';

export interface AnnouncerOptions {
  readonly name: string;
  /** That OSC and HTTP are bound to. */
  readonly host: string;
  readonly oscPort: number;
  readonly queryPort: number;
  /** Of mDNS; another one for tests. */
  readonly mdnsPort?: number;
}

const probeMs = 250;
const numProbes = 3;
const maxNames = 9;
/** Announced again once, for the first may be lost. */
const againMs = 1000;
const farewellMs = 200;
/** A network that asks without end is answered no oftener. */
const answerRate = { perSecond: 20, burst: 40 };

export class Announcer {
  private readonly socket = createSocket({ type: 'udp4', reuseAddr: true });
  private readonly mdns: multicastDns.MulticastDNS;
  private readonly answers = new TokenBucket(answerRate, monotonicMs());
  private announced: Announced;
  private isUp = false;
  private isClosed = false;

  constructor(private readonly options: AnnouncerOptions) {
    const { name, host, oscPort, queryPort, mdnsPort } = options;
    const machine = hostname()
      .split('.')[0]!
      .toLowerCase()
      .replace(/[^a-z0-9-]/g, '-')
      .slice(0, 40);
    this.announced = {
      name,
      hostLabel: `${machine}-sashimi-${oscPort}`,
      addresses: addressesOf(host),
      oscPort,
      queryPort,
    };
    this.mdns = multicastDns({ socket: this.socket, ...(mdnsPort !== undefined && { port: mdnsPort }) });
    this.mdns.on('warning', () => undefined);
    this.mdns.on('error', () => void this.close());
    this.mdns.on('query', ({ questions = [] }) => this.answer(questions));
    this.mdns.on('ready', () => void this.begin());
  }

  /** As announced: with a number where another engine on the network has the name. */
  get name(): string {
    return this.announced.name;
  }

  /** Says farewell, so that clients drop it at once. Safe to call twice. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.isUp) {
      const said = new Promise<void>((resolve) =>
        this.mdns.respond({ answers: recordsOf(this.announced, true) }, () => resolve()),
      );
      await Promise.race([said, sleep(farewellMs)]);
    }
    await new Promise<void>((resolve) => this.mdns.destroy(() => resolve()));
  }

  private async begin(): Promise<void> {
    if (this.isClosed) return;
    // Packets that may cross no router end at this machine.
    if (isLoopback(this.options.host)) this.socket.setMulticastTTL(0);
    await this.findName();
    for (const waitMs of [0, againMs]) {
      await sleep(waitMs, undefined, { ref: false });
      if (this.isClosed) return;
      this.isUp = true;
      this.mdns.respond({ answers: recordsOf(this.announced) });
    }
  }

  private async findName(): Promise<void> {
    for (let i = 2; i <= maxNames; i++) {
      if (!(await this.isNameTaken())) return;
      this.announced = { ...this.announced, name: `${this.options.name} (${i})` };
    }
  }

  private async isNameTaken(): Promise<boolean> {
    let taken = false;
    const hear = ({ answers = [] }: multicastDns.ResponsePacket): void => {
      taken ||= isTaken(this.announced, answers);
    };
    this.mdns.on('response', hear);
    for (let i = 0; i < numProbes && !taken && !this.isClosed; i++) {
      this.mdns.query({ questions: probesOf(this.announced) });
      await sleep(probeMs, undefined, { ref: false });
    }
    this.mdns.off('response', hear);
    return taken;
  }

  private answer(questions: readonly Asked[]): void {
    if (!this.isUp || this.isClosed) return;
    const response = answersTo(questions, recordsOf(this.announced));
    if (response.answers.length > 0 && this.answers.take(monotonicMs())) this.mdns.respond(response);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function addressesOf(host: string): readonly string[] {
  if (host === 'localhost') return ['127.0.0.1'];
  if (isIP(host) !== 0 && host !== '0.0.0.0' && host !== '::') return [host];
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
}
