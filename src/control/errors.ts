/** The catalogue of everything the control plane and the OSC server refuse or warn of. */

export interface OscCode {
  /** What happened, for the documents. */
  readonly summary: string;
  /** What to do about it. */
  readonly remedy: string;
}

export const OSC_CODES = {
  OSC_BAD_PACKET: {
    summary: 'The packet is not OSC: its sizes, paddings or type tags do not add up.',
    remedy:
      'Send OSC 1.0 or 1.1 packets: over UDP one in a datagram, over TCP each after its length or in SLIP.',
  },
  OSC_PACKET_TOO_BIG: {
    summary: 'The packet passes a limit: bytes, messages, arguments or depth of nesting.',
    remedy: 'Send several smaller packets.',
  },
  OSC_BAD_STREAM: {
    summary: 'What came over TCP cannot be taken apart into packets; the connection is closed.',
    remedy:
      'Send each packet after its length (4 bytes, big-endian), or in SLIP; the same one for the whole connection.',
  },
  OSC_UNKNOWN_ADDRESS: {
    summary: 'Nothing has this address.',
    remedy:
      'Use the nearest known address that the answer names; `sashimi nodes` lists the params of every node.',
  },
  OSC_BAD_PATTERN: {
    summary: 'The address pattern is malformed: a bracket or brace is not closed, or is empty.',
    remedy: 'Write patterns with ?, *, [a-z], [!a-z] and {one,two}, inside one part of the address.',
  },
  OSC_NO_MATCH: {
    summary: 'The address pattern matches nothing that patterns may reach.',
    remedy: 'Patterns reach params, actions and /master, never commands such as /quit or /preset/load.',
  },
  OSC_PATTERN_TOO_COSTLY: {
    summary:
      'The patterns of one packet need more matching than a packet is given, or match too many addresses.',
    remedy: 'Use shorter patterns, or fewer in one packet.',
  },
  OSC_WRONG_ARITY: {
    summary: 'The message has too few or too many arguments.',
    remedy: 'Send exactly the arguments that the answer lists.',
  },
  OSC_WRONG_TYPE: {
    summary: 'An argument has a type that this address does not take.',
    remedy: 'Send the type that the answer names.',
  },
  OSC_BAD_VALUE: {
    summary: 'An argument is no usable number: NaN, infinite, or outside the whole numbers that can be held.',
    remedy: 'Send a finite number.',
  },
  OSC_BAD_OPTION: {
    summary: 'The value is none of the options of this param.',
    remedy: 'Send one of the options that the answer lists, by name or by its index from 0.',
  },
  OSC_CLAMPED: {
    summary: 'The value was outside the allowed range; the nearest allowed value was set.',
    remedy: 'Stay inside the range that the warning names.',
  },
  OSC_LATE: {
    summary: 'The time tag of a bundle had passed already; its messages were applied at once.',
    remedy: 'Tag further ahead than the network and the sender need, or send without a time.',
  },
  OSC_TOO_FAR_AHEAD: {
    summary: 'The time tag lies further ahead than the engine schedules.',
    remedy: 'Check that both clocks agree (NTP), and send timed bundles less than an hour ahead.',
  },
  OSC_NO_CLOCK: {
    summary: 'The audio clock does not run yet, so the time tag could not be mapped; applied at once.',
    remedy: 'Send timed bundles once `/status` tells a rising frame.',
  },
  OSC_RATE_LIMIT: {
    summary: 'Packets were dropped because this sender sent more than it is given.',
    remedy: 'Send less often; faders need no more than a few hundred messages per second.',
  },
  OSC_REPLIES_SKIPPED: {
    summary: 'More answers were due than this sender is given; the rest was not sent.',
    remedy: 'Correct the messages that are refused, or send them one by one.',
  },
  OSC_BUSY: {
    summary:
      'Too many requests wait for their answer already, too much is scheduled, or the audio thread is too far behind.',
    remedy: 'Wait for `/done` before the next request; `/sync` tells when all are answered.',
  },
  OSC_NO_ANSWER: {
    summary: 'The engine did not answer the request in time.',
    remedy: 'Look at `/status`; send the request again.',
  },
  OSC_NOT_READY: {
    summary: 'The engine has not told its state yet.',
    remedy: 'Ask again in a moment.',
  },
  OSC_ROLLED_BACK: {
    summary:
      'Another edit of the same bundle was refused, so this one was not done either: nothing has changed.',
    remedy: 'Correct the one that was refused, and send the whole bundle again.',
  },
  OSC_TOO_MANY_SUBSCRIBERS: {
    summary: 'The list of subscribers is full.',
    remedy: 'Unsubscribe a listener with `/notify 0`.',
  },
  OSC_TOO_MANY_SUBSCRIPTIONS: {
    summary: 'This subscriber follows as many addresses and patterns as it may.',
    remedy: 'Follow one pattern in the place of many addresses, or end one with `/unsubscribe`.',
  },
  OSC_NO_VALUE: {
    summary: 'What is at this address has no value that could be told.',
    remedy: 'Ask for params and /master; actions and commands hold no value.',
  },
  OSC_PORT_IN_USE: {
    summary: 'Another process holds the UDP port.',
    remedy: 'Choose another port with --osc-port, or quit the process that holds it.',
  },
  OSC_TCP_PORT: {
    summary: 'The TCP port for OSC cannot be opened. The sound plays on, and OSC is heard over UDP as ever.',
    remedy: 'Choose another port with `--tcp-port`, or `--no-tcp` to do without.',
  },
  OSC_FOREIGN: {
    summary: 'A sender that is not on the allow list is passed over, without an answer.',
    remedy: 'Start with `--allow ADDRESS` when it should be heard.',
  },
  OSC_QUERY_PORT: {
    summary: 'The TCP port for OSCQuery cannot be opened. The sound plays on, and OSC is heard as ever.',
    remedy: 'Choose another port with --query-port, or leave it out: then a free one is found.',
  },
  OSC_HOST_UNAVAILABLE: {
    summary: 'The address given as --host cannot be listened on.',
    remedy: 'Give an address of this machine, 0.0.0.0 for all of them, or leave --host out for loopback.',
  },
  OSC_SOCKET_FAILED: {
    summary: 'The UDP socket failed.',
    remedy: 'Start again; if it stays, the message names the system error.',
  },
  OSC_TIMEOUT: {
    summary: 'No answer came from the engine.',
    remedy: 'Check that the engine runs and listens on this port: `sashimi status --osc-port PORT`.',
  },
  OSC_BAD_ENCODING: {
    summary: 'A value cannot be written as the OSC type asked for.',
    remedy: 'Use a type that holds the value: h beyond 32 bits, d for exact fractions.',
  },
  OSC_ADDRESS_TAKEN: {
    summary: 'Two params or actions of one node would share an address.',
    remedy: 'Give every param and action of a node type its own name.',
  },
} as const satisfies Record<string, OscCode>;

export type OscErrorCode = keyof typeof OSC_CODES;

/** Thrown where nothing can start; what arrives over the wire is answered, never thrown. */
export class OscError extends Error {
  override readonly name = 'OscError';
  readonly code: OscErrorCode;
  readonly remedy: string;

  constructor(code: OscErrorCode, message: string, remedy: string = OSC_CODES[code].remedy) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}
