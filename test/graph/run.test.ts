import assert from 'node:assert/strict';
import { concatMap, filter, from, map, Observable, of, take } from 'rxjs';
import { type GraphRun, perBlock, renderTicks, serviceToken } from '../../graph/index.js';
import { servicesOf, startPatch } from '../support/graph-harness.js';
import { bytesPerCall } from '../support/heap.js';
import { edgesOf, level, nodesOf, oddNode, patchOf, runs, type ToyPatch, toyNodes } from './toy-nodes.js';

const start = (parts: ToyPatch): Promise<GraphRun> => startPatch(patchOf(parts), toyNodes);

/** The first channel of `ticks` ticks of `numFrames`. */
function play(run: GraphRun, ticks: number, numFrames: number, startFrame = 0): number[] {
  const heard: number[] = [];
  for (let t = 0; t < ticks; t++) {
    run.tick(startFrame + t * numFrames, numFrames);
    heard.push(...run.output().channels[0]!.subarray(0, numFrames));
  }
  return heard;
}

const diamond: ToyPatch = {
  nodes: nodesOf('sum', 'scale:left', 'scale:right', 'level'),
  edges: edgesOf(
    'level.audio > left.audio',
    'level.audio > right.audio',
    'left.audio > sum.a',
    'right.audio > sum.b',
  ),
  output: 'sum.audio',
};

describe('GraphRun', () => {
  it('runs each node of a diamond once per tick, after its sources', async () => {
    const run = await start(diamond);
    runs.clear();
    assert.deepEqual(play(run, 3, 2), [2, 2, 2, 2, 2, 2]);
    assert.deepEqual(Object.fromEntries(runs), { left: 3, right: 3 });
    await run.dispose();
  });

  it('takes any tick from 1 to maxBlockFrames and refuses the rest', async () => {
    const run = await start(diamond);
    let frame = 0;
    for (const numFrames of [1, 7, 64, 128, 512, 3]) {
      run.tick(frame, numFrames);
      frame += numFrames;
      assert.ok(
        run
          .output()
          .channels[0]!.subarray(0, numFrames)
          .every((x) => x === 2),
      );
    }
    for (const numFrames of [0, 513, 1.5, Number.NaN]) {
      assert.throws(() => run.tick(frame, numFrames), { code: 'GRAPH_TICK' });
    }
    await run.dispose();
  });

  it('is silent before the first tick and at open inputs', async () => {
    const run = await start({
      nodes: nodesOf('level', 'sum'),
      edges: edgesOf('level.audio > sum.a'),
      output: 'sum.audio',
    });
    assert.ok(run.output().channels[0]!.every((x) => x === 0));
    assert.deepEqual(play(run, 1, 2), [1, 1]);
    await run.dispose();
  });

  it('sets params, tells what it clamped, and shows them as set', async () => {
    const run = await start(diamond);
    assert.deepEqual(run.setParam('level', 'value', 99), { value: 10, clamped: true });
    assert.deepEqual(play(run, 1, 1), [20]);
    assert.deepEqual(run.params().level, { value: 10, slow: 0, steps: 4, shape: 'sine', isOn: true });
    assert.throws(() => run.setParam('levle', 'value', 1), {
      code: 'GRAPH_UNKNOWN_NODE',
      message: /did you mean "level"/,
    });
    assert.throws(() => run.setParam('level', 'valeu', 1), { code: 'PARAM_UNKNOWN' });
    await run.dispose();
  });

  it('modulates by the last conditioning value of the tick, holds it, and adds routes up', async () => {
    const run = await start({
      nodes: [...nodesOf('counter:c', 'counter:d'), { id: 'level', type: 'level', params: { value: 1 } }],
      edges: [
        { from: 'c.out', to: 'level.value', amount: 2 },
        { from: 'd.out', to: 'level.value', amount: 0.5 },
      ],
      output: 'level.audio',
    });
    // 100 Hz at 48 kHz: a conditioning frame every 480 engine frames, counting 0, 1, 2.
    assert.deepEqual(play(run, 1, 480), new Array(480).fill(1));
    run.tick(480, 1);
    assert.equal(run.output().channels[0]![0], 1 + 2 + 0.5);
    run.tick(481, 400);
    assert.equal(run.output().channels[0]![0], 3.5, 'holds through a tick without a conditioning frame');
    run.tick(881, 200);
    assert.equal(run.output().channels[0]![199], 1 + 4 + 1);
    assert.equal(run.params().level!.value, 1);
    await run.dispose();
  });

  it('plays two runs side by side, each with its own state', async () => {
    const [a, b] = await Promise.all([start(diamond), start(diamond)]);
    a.setParam('level', 'value', 3);
    assert.deepEqual([play(a, 1, 1), play(b, 1, 1), play(a, 1, 1)], [[6], [2], [6]]);
    await a.dispose();
    assert.deepEqual(play(b, 1, 1), [2]);
    await b.dispose();
  });

  it('is an operator over ticks', async () => {
    const run = await start(diamond);
    const heard: number[] = [];
    from([
      { startFrame: 0, numFrames: 1 },
      { startFrame: 1, numFrames: 2 },
    ])
      .pipe(renderTicks(run))
      .subscribe(({ channels }) => heard.push(channels[0]![0]!));
    assert.deepEqual(heard, [2, 2]);
    await run.dispose();
  });

  it('does not allocate while it plays', async () => {
    const run = await start({
      nodes: [
        ...nodesOf('level', 'counter', 'sum'),
        ...nodesOf('scale:s1', 'scale:s2', 'scale:s3', 'scale:s4'),
      ],
      edges: edgesOf(
        'level.audio > s1.audio',
        's1.audio > s2.audio',
        's2.audio > s3.audio',
        's3.audio > s4.audio',
        's4.audio > sum.a',
        'counter.out > s2.by',
      ),
      output: 'sum.audio',
    });
    let frame = 0;
    const bytes = bytesPerCall(
      () => {
        run.tick(frame, 64);
        frame += 64;
      },
      10_000,
      5_000,
    );
    // Room for a boxed number per node and the compiler's own bookkeeping; one block alone would be 256.
    assert.ok(bytes < 200, `${bytes.toFixed(1)} bytes per tick of 7 nodes`);
    await run.dispose();
  });
});

describe('the error boundary', () => {
  const answer = { audio: { channels: [new Float32Array(512).fill(1)] } };
  const at = (tick: number, odd: () => unknown) => () =>
    perBlock<unknown, never>(() => {
      let ticks = 0;
      return () => (++ticks === tick ? odd() : answer) as never;
    });
  const wide = { audio: { channels: [new Float32Array(512), new Float32Array(512)] } };
  const short = { audio: { channels: [new Float32Array(1)] } };
  const broken = { audio: { channels: [new Float32Array(512).fill(Number.NaN)] } };
  const endless = { audio: { channels: [new Float32Array(512).fill(Number.POSITIVE_INFINITY)] } };
  const faults: readonly [string, string, ReturnType<typeof oddNode>['create']][] = [
    [
      'throws',
      'GRAPH_NODE_THREW',
      at(3, () => {
        throw new Error('out of ideas');
      }),
    ],
    [
      'completes',
      'GRAPH_NODE_ENDED',
      () => (source) =>
        source.pipe(
          take(3),
          map(() => answer),
        ),
    ],
    [
      'answers twice',
      'GRAPH_NODE_EMISSION',
      () => (source) => source.pipe(concatMap((_, i) => (i === 2 ? of(answer, answer) : of(answer)))),
    ],
    [
      'does not answer',
      'GRAPH_NODE_EMISSION',
      () => (source) =>
        source.pipe(
          filter((_, i) => i !== 2),
          map(() => answer),
        ),
    ],
    ['answers with nothing', 'GRAPH_NODE_OUTPUT', at(3, () => undefined)],
    ['answers without a port', 'GRAPH_NODE_OUTPUT', at(3, () => ({}))],
    ['answers with too many channels', 'GRAPH_NODE_OUTPUT', at(3, () => wide)],
    ['answers with too few frames', 'GRAPH_NODE_OUTPUT', at(3, () => short)],
    ['makes NaN', 'GRAPH_NODE_NOT_FINITE', at(3, () => broken)],
    ['makes infinity', 'GRAPH_NODE_NOT_FINITE', at(3, () => endless)],
  ];

  for (const [name, code, create] of faults) {
    it(`silences a node that ${name}, tells it once, and plays on`, async () => {
      const run = await startPatch(
        patchOf({
          nodes: nodesOf('level', 'odd', 'sum'),
          edges: edgesOf('level.audio > sum.a', 'odd.audio > sum.b'),
          output: 'sum.audio',
        }),
        [...toyNodes, oddNode('odd', create)],
      );
      const told: unknown[] = [];
      run.notices$.subscribe(({ kind, nodeId, code: c, frame }) => told.push([kind, nodeId, c, frame]));
      assert.deepEqual(play(run, 5, 4), [...new Array(8).fill(2), ...new Array(12).fill(1)]);
      assert.deepEqual(told, [['fault', 'odd', code, 8]]);
      await run.dispose();
    });
  }

  const event = { frameOffset: 0, type: 'note-on', pitch: 60, velocity: 0.5, id: 1 };
  const badEvents: readonly (readonly [string, string, readonly unknown[]])[] = [
    ['out of the tick', 'GRAPH_NODE_OUTPUT', [{ ...event, frameOffset: 4 }]],
    ['out of order', 'GRAPH_NODE_OUTPUT', [{ ...event, frameOffset: 2 }, event]],
    ['without a pitch that is a number', 'GRAPH_NODE_NOT_FINITE', [{ ...event, pitch: Number.NaN }]],
    ['of infinite velocity', 'GRAPH_NODE_NOT_FINITE', [{ ...event, velocity: Number.POSITIVE_INFINITY }]],
  ];
  for (const [name, code, events] of badEvents) {
    it(`silences a node with events ${name}`, async () => {
      const block = { ...answer, notes: { events, count: events.length } };
      const outputs = { audio: { kind: 'audio', channels: 1 }, notes: { kind: 'event' } } as const;
      const odd = oddNode('odd', () => perBlock(() => () => block as never), { outputs });
      const run = await startPatch(patchOf({ nodes: nodesOf('odd'), output: 'odd.audio' }), [odd]);
      const told: string[] = [];
      run.notices$.subscribe((notice) => told.push(notice.code));
      assert.deepEqual(play(run, 2, 4), new Array(8).fill(0));
      assert.deepEqual(told, [code]);
      await run.dispose();
    });
  }

  it('catches an answer between two ticks', async () => {
    let speak: () => void = () => undefined;
    const late = oddNode('odd', () => (source) => {
      return new Observable((subscriber) => {
        speak = () => subscriber.next(answer);
        return source.subscribe(() => subscriber.next(answer));
      });
    });
    const run = await startPatch(patchOf({ nodes: nodesOf('odd'), output: 'odd.audio' }), [late]);
    const told: string[] = [];
    run.notices$.subscribe(({ code }) => told.push(code));
    assert.deepEqual(play(run, 1, 1), [1]);
    speak();
    assert.deepEqual(play(run, 1, 1, 1), [0]);
    assert.deepEqual(told, ['GRAPH_NODE_EMISSION']);
    await run.dispose();
  });

  it('lets each warning of a node through once a second, and counts the rest', async () => {
    const noisy = oddNode('odd', (ctx) =>
      perBlock(() => () => {
        ctx.warn('NODE_HOT', 'too hot');
        return answer;
      }),
    );
    const run = await startPatch(patchOf({ nodes: nodesOf('odd'), output: 'odd.audio' }), [noisy], {
      sampleRate: 100,
    });
    const told: string[] = [];
    run.notices$.subscribe(({ kind, message, frame }) => told.push(`${kind} ${frame}: ${message}`));
    for (let frame = 0; frame <= 200; frame += 10) run.tick(frame, 10);
    assert.deepEqual(told, [
      'warning 0: too hot',
      'warning 100: too hot (and 9 more)',
      'warning 200: too hot (and 9 more)',
    ]);
    await run.dispose();
  });
});

describe('the life of nodes', () => {
  it('knows which of its inputs are connected', async () => {
    const seen: boolean[] = [];
    const inputs = {
      a: { kind: 'audio', channels: 1, optional: true },
      b: { kind: 'event', optional: true },
    } as const;
    const curious = oddNode(
      'curious',
      (ctx) => {
        seen.push(ctx.isConnected('a'), ctx.isConnected('b'));
        assert.throws(() => ctx.isConnected('c'), { code: 'GRAPH_UNKNOWN_PORT' });
        return perBlock(() => () => ({ audio: { channels: [new Float32Array(512)] } }));
      },
      { inputs },
    );
    const run = await startPatch(
      patchOf({
        nodes: nodesOf('level', 'curious'),
        edges: edgesOf('level.audio > curious.a'),
        output: 'curious.audio',
      }),
      [...toyNodes, curious],
    );
    assert.deepEqual(seen, [true, false]);
    await run.dispose();
  });

  const journal: string[] = [];
  const living = (type: string, fails = ''): ReturnType<typeof oddNode> =>
    oddNode(type, level.create as never, {
      params: level.params,
      prepare: async () => {
        journal.push(`prepare ${type}`);
        if (fails === 'prepare') throw new Error('no such file');
        return type;
      },
      create: (ctx, resources) => {
        journal.push(`create ${String(resources)}`);
        if (fails === 'create') throw new Error('no memory');
        return level.create(ctx as never, undefined);
      },
      dispose: async (resources) => {
        journal.push(`dispose ${String(resources)}`);
      },
    });
  const patch = patchOf({ nodes: nodesOf('one', 'two'), output: 'one.audio' });
  beforeEach(() => journal.splice(0));

  it('is prepare, create, ticks, dispose', async () => {
    const run = await startPatch(patch, [living('one'), living('two')]);
    run.tick(0, 1);
    assert.equal(run.prepared.resources('two'), 'two');
    await Promise.all([run.dispose(), run.dispose()]);
    assert.deepEqual(journal, [
      'prepare one',
      'prepare two',
      'create one',
      'create two',
      'dispose one',
      'dispose two',
    ]);
  });

  it('disposes of what was prepared when another node could not be', async () => {
    await assert.rejects(startPatch(patch, [living('one'), living('two', 'prepare')]), {
      code: 'GRAPH_PREPARE',
      message: 'two (two): no such file',
    });
    assert.deepEqual(journal, ['prepare one', 'prepare two', 'dispose one']);
  });

  it('starts nothing when a node cannot be built', async () => {
    await assert.rejects(startPatch(patch, [living('one'), living('two', 'create')]), {
      code: 'GRAPH_CREATE',
    });
    assert.deepEqual(journal.slice(-2), ['dispose one', 'dispose two']);
  });

  it('passes a coded error of prepare on as it is', async () => {
    const coded = Object.assign(new Error('no'), { code: 'SINK_PATH', remedy: 'Choose another.' });
    const odd = oddNode('odd', level.create as never, { prepare: () => Promise.reject(coded) });
    await assert.rejects(startPatch(patchOf({ nodes: nodesOf('odd'), output: 'odd.audio' }), [odd]), {
      code: 'SINK_PATH',
    });
  });

  it('gives services by token', async () => {
    const token = serviceToken<{ value: number }>('number');
    const odd = oddNode('odd', level.create as never, {
      params: level.params,
      prepare: async ({ services }) => services.get(token).value,
    });
    const run = await startPatch(patchOf({ nodes: nodesOf('odd'), output: 'odd.audio' }), [odd], {
      services: servicesOf([token, { value: 7 }]),
    });
    assert.equal(run.prepared.resources('odd'), 7);
    await run.dispose();
  });
});

describe('actions', () => {
  const actions = {
    say: {
      label: 'Say',
      description: 'Says.',
      args: [
        { name: 'word', type: 'string', description: 'The word.' },
        { name: 'times', type: 'int', description: 'How often.', optional: true },
      ],
    },
  } as const;
  const speaker = (bind: boolean) =>
    oddNode(
      'odd',
      (ctx) => {
        if (bind) {
          ctx.onAction('say', ([word, times]) => {
            if (word === 'boom') throw new Error('boom');
            return `${String(word)} x ${String(times ?? 1)}`;
          });
        }
        return level.create(ctx as never, undefined) as never;
      },
      { params: level.params, actions },
    );
  const patch = patchOf({ nodes: nodesOf('odd'), output: 'odd.audio' });

  it('check their arguments and answer', async () => {
    const run = await startPatch(patch, [speaker(true)]);
    assert.equal(await run.callAction('odd', 'say', ['hey']), 'hey x 1');
    assert.equal(await run.callAction('odd', 'say', ['hey', 2.2]), 'hey x 2');
    await assert.rejects(run.callAction('odd', 'say', []), {
      code: 'GRAPH_ACTION_ARGS',
      message: /1 to 2 arguments/,
    });
    await assert.rejects(run.callAction('odd', 'say', [1]), {
      code: 'GRAPH_ACTION_ARGS',
      message: /string for word/,
    });
    await assert.rejects(run.callAction('odd', 'sya', []), {
      code: 'GRAPH_ACTION_UNKNOWN',
      message: /"say"/,
    });
    await assert.rejects(run.callAction('old', 'say', []), { code: 'GRAPH_UNKNOWN_NODE' });
    await assert.rejects(run.callAction('odd', 'say', ['boom']), { code: 'GRAPH_NODE_THREW' });
    assert.deepEqual(play(run, 1, 1), [1], 'and the node plays on');
    await run.dispose();
  });

  it('must be bound', async () => {
    await assert.rejects(startPatch(patch, [speaker(false)]), {
      code: 'GRAPH_CREATE',
      message: /"say" is not bound/,
    });
  });
});
