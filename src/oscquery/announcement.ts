/** What mDNS is told of an engine: its DNS records, and which of them answer a question. Pure. */
import { isIP } from 'node:net';
import type { Answer, Question } from 'dns-packet';

export interface Announced {
  /** One DNS label: at most 63 bytes, no dots. */
  readonly name: string;
  /** Of the machine, as far as this engine is concerned: one label, its own, for it may lead to the loopback only. */
  readonly hostLabel: string;
  readonly addresses: readonly string[];
  readonly oscPort: number;
  readonly queryPort: number;
}

/** A question as it came: any type may be asked for, `ANY` among them. */
export interface Asked {
  readonly name: string;
  readonly type: string;
}

/** Records that name a machine are kept for two minutes, the rest for longer, as RFC 6762 advises. */
const hostTtl = 120;
const longTtl = 4500;
const services = '_services._dns-sd._udp.local';

/** `isOver`: the records of a farewell, with a time to live of 0. */
export function recordsOf(announced: Announced, isOver = false): Answer[] {
  const { hostLabel, addresses, oscPort, queryPort } = announced;
  const target = `${hostLabel}.local`;
  const all: Answer[] = [];
  for (const [type, port] of [
    ['_oscjson._tcp.local', queryPort],
    ['_osc._udp.local', oscPort],
  ] as const) {
    const instance = instanceOf(announced.name, type);
    all.push(
      { name: services, type: 'PTR', ttl: longTtl, data: type },
      { name: type, type: 'PTR', ttl: longTtl, data: instance },
      { name: instance, type: 'SRV', ttl: hostTtl, data: { port, target, priority: 0, weight: 0 } },
      { name: instance, type: 'TXT', ttl: longTtl, data: ['txtvers=1'] },
    );
  }
  for (const data of addresses)
    all.push({ name: target, type: isIP(data) === 6 ? 'AAAA' : 'A', ttl: hostTtl, data });
  // Others on the network offer the same types of service.
  if (isOver)
    return all.filter(({ name }) => name !== services).map((record) => ({ ...record, ttl: 0 }) as Answer);
  return all;
}

/** The answers, and what a client asks for next. Both empty where nothing of ours is meant. */
export function answersTo(
  questions: readonly Asked[],
  records: readonly Answer[],
): { readonly answers: Answer[]; readonly additionals: Answer[] } {
  const isMeant = ({ name, type }: Answer): boolean =>
    questions.some(
      (question) =>
        question.name.toLowerCase() === name.toLowerCase() &&
        (question.type === 'ANY' || question.type === type),
    );
  const answers = records.filter(isMeant);
  return { answers, additionals: answers.length === 0 ? [] : records.filter((record) => !isMeant(record)) };
}

/** Whether somebody else goes by this name already. */
export function isTaken({ name, hostLabel }: Announced, heard: readonly Answer[]): boolean {
  const ours = ['_oscjson._tcp.local', '_osc._udp.local'].map((type) => instanceOf(name, type).toLowerCase());
  return heard.some(
    (record) =>
      record.type === 'SRV' &&
      ours.includes(record.name.toLowerCase()) &&
      record.data.target.toLowerCase() !== `${hostLabel}.local`,
  );
}

/** What is asked to find out. */
export function probesOf({ name }: Announced): Question[] {
  return ['_oscjson._tcp.local', '_osc._udp.local'].map((type) => ({
    name: instanceOf(name, type),
    type: 'SRV',
  }));
}

function instanceOf(name: string, type: string): string {
  return `${name}.${type}`;
}
