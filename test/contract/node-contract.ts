/**
 * What every node in the registry must do. `nodeContract(descriptor)` registers the tests;
 * a node earns them by being listed.
 */
import assert from 'node:assert/strict';
import { Observable, Subject } from 'rxjs';
import {
  type ActionArgSpec,
  type ActionSpecs,
  type ActionValue,
  type AnyNodeDescriptor,
  type AudioBlock,
  checkDescriptor,
  compilePatch,
  constrain,
  createRegistry,
  isCodedError,
  mapParam,
  type NodeContext,
  type NodeInput,
  type ParamSetting,
  type ParamSpec,
  type ParamSpecs,
  type PortSpecs,
  parsePatch,
  type Services,
  type Unit,
  unmapParam,
} from '../../graph/index.js';
import {
  createBench,
  type Feed,
  type HarnessOptions,
  type NodeBench,
  type Rendered,
  type TimedEvent,
} from '../support/graph-harness.js';
import { bytesPerCall } from '../support/heap.js';

export interface NodeContractOptions {
  /** Settings that a test machine can satisfy. A function is called once per bench: for files that must differ. */
  readonly settings?: Readonly<Record<string, ParamSetting>> | (() => Readonly<Record<string, ParamSetting>>);
  readonly services?: () => Services;
  /** Channel counts to feed following inputs with. Default 1 and 2. */
  readonly channels?: readonly number[];
  /** Silence in, silence out. Default: true for a transform. */
  readonly isSilentWithoutInput?: boolean;
  /** Largest difference that block sizes may make. Default 0: bit-equal. State the reason where it is not. */
  readonly blockTolerance?: number;
  /** Arguments for each action; by default one plausible value per argument. */
  readonly actionArgs?: Readonly<Record<string, readonly ActionValue[]>>;
  /** Heap bytes per tick, garbage included. Default 512: a few boxed numbers, and no block. */
  readonly bytesPerTick?: number;
  /** Frames per comparison. Default 4096. */
  readonly frames?: number;
}

const MAX_BLOCK = 256;
const SUFFIX: Partial<Record<Unit, string>> = {
  hz: 'Hz',
  db: 'Db',
  ms: 'Ms',
  frames: 'Frames',
  semitones: 'Semitones',
  seconds: 'Seconds',
  percent: 'Percent',
};

const HOSTILE: Readonly<Record<string, (frame: number, channel: number) => number>> = {
  silence: () => 0,
  'full scale at Nyquist': (frame) => (frame % 2 === 0 ? 1 : -1),
  'far above full scale': (frame) => Math.sin(frame * 0.1) * 100,
  denormals: (frame) => (frame % 3 === 0 ? 1e-40 : -1e-42),
  DC: () => 1,
  'impulses of either sign': (frame, channel) => (frame % 97 === 0 ? (channel % 2 === 0 ? 1 : -1) : 0),
};

/** One of each type. */
const EVENTS: readonly TimedEvent[] = [
  { frame: 100, type: 'note-on', pitch: 60, velocity: 0.8, id: 1 },
  { frame: 150, type: 'pedal', pitch: 0, velocity: 1, id: 0 },
  { frame: 200, type: 'note-off', pitch: 60, velocity: 0, id: 1 },
  { frame: 256, type: 'trigger', pitch: 0, velocity: 1, id: 0 },
  { frame: 300, type: 'note-on', pitch: 60.5, velocity: 1, id: 2 },
  { frame: 300, type: 'all-notes-off', pitch: 0, velocity: 0, id: 0 },
];

/** A fixed sound with many frequencies: irrational steps, no randomness. */
const sound = (frame: number, channel: number): number =>
  0.4 * Math.sin(frame * 0.0712 + channel) + 0.3 * Math.sin(frame * 1.137) + 0.1 * Math.sin(frame * 2.9);

export function nodeContract(descriptor: AnyNodeDescriptor, options: NodeContractOptions = {}): void {
  const inputs: PortSpecs = descriptor.inputs;
  const outputs: PortSpecs = descriptor.outputs;
  const params: ParamSpecs = descriptor.params;
  const actions: ActionSpecs = descriptor.actions ?? {};
  const frames = options.frames ?? 4096;
  const widths = options.channels ?? [1, 2];

  const feeds = (signal: (frame: number, channel: number) => number, width: number): Record<string, Feed> =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, spec]): [string, Feed] => {
        if (spec.kind === 'audio') {
          return [name, { audio: signal, channels: spec.channels === 'follow' ? width : spec.channels }];
        }
        if (spec.kind === 'cond') return [name, { cond: (k, d) => Math.sin(k * 0.3 + d) }];
        return [name, { events: EVENTS }];
      }),
    );
  const bench = (more: HarnessOptions = {}, node = descriptor): Promise<NodeBench> => {
    const settings = typeof options.settings === 'function' ? options.settings() : options.settings;
    return createBench(node, {
      maxBlockFrames: MAX_BLOCK,
      ...(settings === undefined ? {} : { settings }),
      ...(options.services === undefined ? {} : { services: options.services() }),
      ...more,
    });
  };
  const using = async <T>(
    more: HarnessOptions,
    body: (b: NodeBench) => T | Promise<T>,
    node = descriptor,
  ): Promise<T> => {
    const b = await bench(more, node);
    try {
      return await body(b);
    } finally {
      await b.dispose();
    }
  };
  const played = (more: HarnessOptions, blocks: readonly number[]): Promise<Rendered> =>
    using({ inputs: feeds(sound, widths[0]!), ...more }, (b) => {
      const rendered = b.render(frames, blocks);
      assertNoFault(b);
      return rendered;
    });

  describe(`node contract: ${descriptor.type}`, () => {
    it('declares itself well', () => {
      checkDescriptor(descriptor);
      assert.match(descriptor.summary, /^[A-Z].*\.$/, 'the summary is one sentence');
      for (const [name, spec] of Object.entries(params)) {
        assert.notEqual(spec.label, '', `${name} has a label`);
        const suffix = 'unit' in spec ? SUFFIX[spec.unit] : undefined;
        if (suffix !== undefined) {
          assert.ok(
            name.endsWith(suffix) || name === suffix.toLowerCase(),
            `${name} carries its unit (${suffix})`,
          );
        }
      }
      for (const [name, spec] of Object.entries(actions)) {
        assert.match(spec.description, /^[A-Z].*\.$/, `action ${name} is described by a sentence`);
        for (const arg of spec.args)
          assert.notEqual(arg.description, '', `${name}: ${arg.name} is described`);
      }
    });

    it('has params whose law maps back and forth', () => {
      for (const [name, spec] of Object.entries(params)) assertLaw(name, spec);
    });

    it('survives the round trip through a preset', async () => {
      await using({}, (b) => {
        const { compiled } = b.run.prepared;
        const again = parsePatch(JSON.parse(JSON.stringify(compiled.patch)));
        assert.deepEqual(again, compiled.patch);
        const descriptors = compiled.nodes.map((node) => node.descriptor);
        assert.deepEqual(
          compilePatch(again, createRegistry(descriptors), compiled.options).nodes.map((node) => node.params),
          compiled.nodes.map((node) => node.params),
        );
      });
    });

    it('prepares, and is disposed of without having played', async () => {
      await using({}, (b) => {
        assert.ok(Number.isInteger(b.latencyFrames) && b.latencyFrames >= 0, `latency ${b.latencyFrames}`);
        assertNoFault(b);
      });
    });

    for (const width of widths) {
      it(`answers with the declared channels for ${width} in`, () =>
        using({ inputs: feeds(sound, width) }, (b) => {
          b.render(MAX_BLOCK * 4, [MAX_BLOCK]);
          assertNoFault(b);
          const compiled = b.run.prepared.compiled.nodes.find(({ id }) => id === 'node')!;
          for (const port of compiled.outputs) {
            if (port.spec.kind !== 'audio') continue;
            assert.equal(b.audio(port.name).channels.length, port.channels);
            if (port.spec.channels !== 'follow') assert.equal(port.channels, port.spec.channels);
          }
        }));
    }

    if (options.isSilentWithoutInput ?? descriptor.role === 'transform') {
      it('is silent without input', () =>
        using({ inputs: feeds(() => 0, widths[0]!) }, (b) => {
          for (const [name, channels] of Object.entries(b.render(frames).audio)) {
            for (const channel of channels)
              assert.ok(peak(channel) < 1e-9, `${name} peaks at ${peak(channel)}`);
          }
        }));
    }

    it('makes the same sound at any block size', async () => {
      const whole = await played({}, [MAX_BLOCK]);
      for (const blocks of [[1], [7], [64], [128], [3, 256, 1, 17, 100]]) {
        assertSame(
          await played({}, blocks),
          whole,
          options.blockTolerance ?? 0,
          `blocks of ${blocks.join(', ')}`,
        );
      }
    });

    it('makes the same sound again from the same seed', async () => {
      const first = await played({ seed: 7 }, [128]);
      assertSame(await played({ seed: 7 }, [128]), first, 0, 'a restart');
    });

    for (const [name, signal] of Object.entries(HOSTILE)) {
      it(`stays finite: ${name}`, () =>
        using({ inputs: feeds(signal, widths[0]!) }, (b) => {
          b.render(frames, [MAX_BLOCK, 1, 64]);
          assertNoFault(b);
        }));
    }

    it('leaves its input alone', async () => {
      const touched: string[] = [];
      const watched: AnyNodeDescriptor = {
        ...descriptor,
        create: (ctx: NodeContext, resources: unknown) => {
          const operator = descriptor.create(ctx, resources);
          return (outer) => operator(watchWrites(outer, inputs, touched));
        },
      };
      await using(
        { inputs: feeds(sound, widths[0]!) },
        (b) => {
          b.render(MAX_BLOCK * 8, [MAX_BLOCK]);
          assertNoFault(b);
        },
        watched,
      );
      assert.deepEqual(touched, []);
    });

    if (Object.keys(params).length > 0) {
      it('stays finite at the ends of every param, and while they jump', () =>
        using({ inputs: feeds(sound, widths[0]!) }, (b) => {
          for (const position of [0, 1, 0.5, 1, 0]) {
            for (const [name, spec] of Object.entries(params)) b.set(name, mapParam(spec, position));
            b.render(Math.min(frames, 2048), [64, 7]);
            assertNoFault(b);
          }
          for (const [name, spec] of Object.entries(params)) {
            for (const position of [1, 0, 0.3]) {
              b.set(name, mapParam(spec, position));
              b.render(256, [64]);
            }
            b.set(name, spec.default);
          }
          assertNoFault(b);
        }));
    }

    it('passes completion and errors on', () => assertPropagates(bench));

    for (const [name, spec] of Object.entries(actions)) {
      it(`answers the action ${name}`, () =>
        using({ inputs: feeds(sound, widths[0]!) }, async (b) => {
          b.render(1024, [128]);
          const args = options.actionArgs?.[name] ?? spec.args.map(plausible);
          await b.act(name, ...args).catch((error: unknown) => {
            assert.ok(isCodedError(error), `a coded refusal, not ${String(error)}`);
            assert.notEqual(error.code, 'GRAPH_NODE_THREW', error.message);
          });
          b.render(1024, [128]);
          assertNoFault(b);
        }));
    }

    it('does not allocate per tick', async function () {
      this.timeout(240_000);
      const tables = Object.fromEntries(
        Object.entries(feeds(sound, widths[0]!)).filter(([name]) => inputs[name]!.kind !== 'event'),
      );
      for (const [name, feed] of Object.entries(tables)) {
        if ('audio' in feed) tables[name] = { table: tableOf(feed.audio, feed.channels ?? 1) };
        if ('cond' in feed) tables[name] = { cond: () => 0 };
      }
      await using({ inputs: tables }, (b) => {
        const bytes = bytesPerCall(() => b.tick(64), 10_000, 2_000);
        const channels = outputAudio(b, outputs);
        b.tick(64);
        assert.deepEqual(
          outputAudio(b, outputs).map((x, i) => x === channels[i]),
          channels.map(() => true),
          'the output is made in the same memory every tick',
        );
        assert.ok(bytes <= (options.bytesPerTick ?? 512), `${bytes.toFixed(0)} bytes per tick`);
        assertNoFault(b);
      });
    });
  });
}

/** The same stream, with a complaint in `touched` when whoever answers it wrote into an input. */
function watchWrites(
  outer: Observable<NodeInput<PortSpecs>>,
  specs: PortSpecs,
  touched: string[],
): Observable<NodeInput<PortSpecs>> {
  return new Observable((subscriber) =>
    outer.subscribe({
      next: (input) => {
        const before = audioInputs(input, specs).map((x) => x.slice());
        subscriber.next(input);
        for (const [i, x] of audioInputs(input, specs).entries()) {
          const at = x.findIndex((value, frame) => !Object.is(value, before[i]![frame]));
          if (at >= 0) touched.push(`input channel ${i} was written to at frame ${at}`);
        }
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }),
  );
}

function audioInputs(input: NodeInput<PortSpecs>, specs: PortSpecs): Float32Array[] {
  const { numFrames } = input.tick;
  return Object.entries(specs).flatMap(([name, spec]) =>
    spec.kind === 'audio'
      ? (input.in[name] as AudioBlock).channels.map((channel) => channel.subarray(0, numFrames))
      : [],
  );
}

function outputAudio(bench: NodeBench, outputs: PortSpecs): Float32Array[] {
  return Object.entries(outputs).flatMap(([name, spec]) =>
    spec.kind === 'audio' ? [...bench.audio(name).channels] : [],
  );
}

function tableOf(signal: (frame: number, channel: number) => number, channels: number): Float32Array[] {
  return Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: 4800 }, (_, i) => signal(i, c)),
  );
}

function plausible(spec: ActionArgSpec): ActionValue {
  if (spec.type === 'string') return 'one';
  if (spec.type === 'bool') return true;
  return 1;
}

function peak(values: Float32Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

function assertNoFault(bench: NodeBench): void {
  const faults = bench.notices.filter(({ kind }) => kind === 'fault');
  assert.deepEqual(faults, [], 'no fault while playing');
}

function assertLaw(name: string, spec: ParamSpec): void {
  assert.deepEqual(constrain(spec, name, spec.default), { value: spec.default, clamped: false });
  for (const position of [0, 0.25, 0.5, 1]) {
    const value = mapParam(spec, position);
    assert.equal(constrain(spec, name, value).clamped, false, `${name} at ${position}`);
    const again = mapParam(spec, unmapParam(spec, value));
    if (typeof value === 'number') {
      const range = spec.type === 'float' || spec.type === 'int' ? spec.max - spec.min : 1;
      assert.ok(Math.abs((again as number) - value) <= 1e-6 * range, `${name} at ${position}`);
    } else {
      assert.equal(again, value);
    }
  }
}

function assertSame(actual: Rendered, expected: Rendered, tolerance: number, where: string): void {
  assert.deepEqual(actual.cond, expected.cond, `${where}: conditioning`);
  assert.deepEqual(actual.events, expected.events, `${where}: events`);
  for (const [port, channels] of Object.entries(expected.audio)) {
    for (const [c, channel] of channels.entries()) {
      const other = actual.audio[port]![c]!;
      const at = channel.findIndex((x, i) => !(Math.abs(x - other[i]!) <= tolerance));
      assert.equal(at, -1, `${where}: ${port}[${c}] differs at frame ${at}: ${channel[at]} and ${other[at]}`);
    }
  }
}

/** Applies the node's operator to a source of the test's own, in the context of a real run. */
async function assertPropagates(bench: (more: HarnessOptions) => Promise<NodeBench>): Promise<void> {
  for (const end of ['complete', 'error'] as const) {
    const b = await bench({});
    const { compiled, context, resources } = b.run.prepared.nodes.find(
      (node) => node.compiled.id === 'node',
    )!;
    const ctx: NodeContext = {
      ...context,
      inputChannels: () => 1,
      outputChannels: (port) => compiled.outputs.find(({ name }) => name === port)!.channels,
      isConnected: () => true,
      params: {
        get: (name) => compiled.params[name] as never,
        ramp: (name, out, numFrames) => out.fill(compiled.params[name] as number, 0, numFrames),
        ahead: (name) => compiled.params[name] as number,
        isSteady: () => true,
      },
      random: () => 0.5,
      foresee: () => undefined,
      foreseeRows: () => undefined,
      inputAhead: () => false,
      onAction: () => undefined,
      warn: () => undefined,
    };
    const source = new Subject<NodeInput<PortSpecs>>();
    const seen: string[] = [];
    const operator = compiled.descriptor.create(ctx, resources);
    operator(source).subscribe({
      error: (error: unknown) => seen.push(`error: ${String(error)}`),
      complete: () => seen.push('complete'),
    });
    if (end === 'complete') source.complete();
    else source.error('upstream');
    assert.deepEqual(seen, [end === 'complete' ? 'complete' : 'error: upstream']);
    await b.dispose();
  }
}
