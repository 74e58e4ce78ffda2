/** Answers to senders: each within what it is given, and what was not told is told as a number later. */
import type { Told } from '../control/coerce.js';
import { OSC_CODES, type OscErrorCode } from '../control/errors.js';
import { PATTERN_LIMITS } from './address-index.js';
import type { StepBudget } from './address-pattern.js';
import { failAnswer, warnAnswer } from './answers.js';
import { RATES, type Sender } from './rate-limit.js';
import { Transactions } from './transactions.js';
import type { OscMessage } from './wire.js';
import type { Peer } from './worker-protocol.js';

export const MAX_ANSWERS_PER_PACKET = 64;

export interface OutboxPorts {
  send(message: OscMessage, to: Peer): void;
  nowMs(): number;
}

export class Outbox {
  /** Messages and packets refused so far. */
  numRefused = 0;

  /** `refused` hears of each refusal, also of those that nobody is told any more. */
  constructor(
    private readonly ports: OutboxPorts,
    private readonly refused: (address: string, code: OscErrorCode, sentence: string) => void,
  ) {}

  noteRefused(address: string, code: OscErrorCode, sentence: string): void {
    this.numRefused++;
    this.refused(address, code, sentence);
  }

  send(sender: Sender, answer: OscMessage): void {
    if (sender.answers.take(this.ports.nowMs())) this.ports.send(answer, sender.peer);
    else sender.skipped++;
  }

  refuse(sender: Sender, address: string, code: OscErrorCode): void {
    this.noteRefused(address, code, OSC_CODES[code].summary);
    this.send(sender, failAnswer(address, code, OSC_CODES[code].summary));
  }

  /** What `sender` was not told since the last time. */
  tellSkipped(sender: Sender): void {
    const told: Told[] = [];
    const { dropped, skipped, late } = sender;
    const { perSecond } = RATES.messages;
    if (dropped > 0)
      told.push({
        code: 'OSC_RATE_LIMIT',
        message: `${dropped} packets dropped: at most ${perSecond} messages per second.`,
      });
    if (skipped > 0) told.push({ code: 'OSC_REPLIES_SKIPPED', message: `${skipped} answers were not sent.` });
    if (late > 1)
      told.push({ code: 'OSC_LATE', message: `${late - 1} more bundles came late; applied at once.` });
    sender.dropped = 0;
    sender.skipped = 0;
    sender.late = 0;
    for (const warning of told)
      if (sender.answers.take(this.ports.nowMs())) this.ports.send(warnAnswer('', warning), sender.peer);
  }
}

/** One packet: who sent it, what it may still cost, and its answers. */
export class PacketScope {
  readonly budget: StepBudget = { steps: PATTERN_LIMITS.stepsPerPacket };
  readonly transactions = new Transactions();
  /** Addresses that its messages were applied to. */
  numApplied = 0;
  private numAnswers = 0;

  constructor(
    readonly sender: Sender,
    private readonly outbox: Outbox,
  ) {}

  get mayAnswer(): boolean {
    return this.numAnswers < MAX_ANSWERS_PER_PACKET;
  }

  tell(answer: OscMessage): void {
    if (this.mayAnswer) this.outbox.send(this.sender, answer);
    else this.sender.skipped++;
    this.numAnswers++;
  }

  warn(address: string, warning: Told): void {
    this.tell(warnAnswer(address, warning));
  }

  refuse(address: string, code: OscErrorCode, sentence: string = OSC_CODES[code].summary): void {
    this.outbox.noteRefused(address, code, sentence);
    if (this.mayAnswer) this.tell(failAnswer(address, code, sentence));
    else this.sender.skipped++;
  }

  /** Matching beyond a plain message's, in the messages that would take as long. */
  get extraCost(): number {
    return Math.floor((PATTERN_LIMITS.stepsPerPacket - this.budget.steps) / 100);
  }
}
