/** Whom the engine listens to, by the address that a packet or a connection comes from. */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Told } from '../control/coerce.js';

/** Addresses whose verdict is remembered, and that are told of; more than that are still judged and counted. */
const maxRemembered = 256;

/** `ADDRESS` or `ADDRESS/BITS`, IPv4 or IPv6. */
export interface AllowRule {
  readonly address: string;
  readonly bits: number;
}

/** Undefined when it is none. */
export function parseAllowRule(text: string): AllowRule | undefined {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const given = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return family !== 0 && more.length === 0 && given <= most ? { address, bits: given } : undefined;
}

/**
 * Without rules everybody may speak. With rules those that one of them names, and this machine itself, by the addresses
 * that it has when it starts. Who is refused gets no answer; `tell` hears of each address once.
 */
export class Gate {
  /** Packets, connections and requests turned away. */
  numRefused = 0;
  private readonly allowed: BlockList | undefined;
  private readonly verdicts = new Map<string, boolean>();

  /** `rules`: as `parseAllowRule` takes them; what is no rule allows nobody. */
  constructor(
    rules: readonly string[],
    private readonly tell: (told: Told) => void,
  ) {
    if (rules.length === 0) return;
    this.allowed = new BlockList();
    for (const rule of ['127.0.0.0/8', '::1', ...ownAddresses(), ...rules].map(parseAllowRule))
      if (rule !== undefined)
        this.allowed.addSubnet(rule.address, rule.bits, isIP(rule.address) === 6 ? 'ipv6' : 'ipv4');
  }

  admits(from: string | undefined): boolean {
    if (this.allowed === undefined) return true;
    const address = (from ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
    const isAllowed = this.verdicts.get(address) ?? this.judge(address, this.allowed);
    if (!isAllowed) this.numRefused++;
    return isAllowed;
  }

  private judge(address: string, allowed: BlockList): boolean {
    const family = isIP(address);
    const isAllowed = family !== 0 && allowed.check(address, family === 6 ? 'ipv6' : 'ipv4');
    if (this.verdicts.size >= maxRemembered) return isAllowed;
    this.verdicts.set(address, isAllowed);
    if (!isAllowed)
      this.tell({
        code: 'OSC_FOREIGN',
        message: `${address} sends to this engine and is not allowed to; what comes from there is passed over.`,
      });
    return isAllowed;
  }
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}
