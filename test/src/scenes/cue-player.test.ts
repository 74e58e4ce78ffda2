import assert from 'node:assert/strict';
import { type Cue, type CueList, type CuePlace, CuePlayer, SceneError } from '../../../src/scenes/index.js';

/** A stage whose timers the test turns. */
class Stage {
  list: readonly Cue[];
  isSpoilt = false;
  readonly log: string[] = [];
  readonly places: CuePlace[] = [];
  private readonly timers = new Set<{ ms: number; action: () => void }>();
  readonly player: CuePlayer;

  constructor(list: readonly Cue[], place?: CuePlace) {
    this.list = list;
    this.player = new CuePlayer(
      {
        read: async (name): Promise<CueList> => {
          if (this.isSpoilt || name !== 'show') throw new SceneError('SCENE_FORMAT', 'spoilt');
          return { format: 'sashimi-live/cues', formatVersion: 1, cues: this.list };
        },
        perform: async ({ preset, snapshot }) => {
          if (preset === 'missing') throw new SceneError('SCENE_NOT_FOUND', 'missing');
          this.log.push(preset ?? snapshot ?? '');
        },
        later: (ms, action) => {
          const timer = { ms, action };
          this.timers.add(timer);
          return () => this.timers.delete(timer);
        },
        isOn: (number, name) => this.log.push(`${number} ${name}`),
        failed: (error) => this.log.push((error as SceneError).code),
        placeChanged: (at) => this.places.push(at),
      },
      place,
    );
  }

  waits(): readonly number[] {
    return [...this.timers].map(({ ms }) => ms);
  }

  /** The only timer comes. */
  async comes(): Promise<void> {
    const [timer] = this.timers;
    this.timers.clear();
    timer!.action();
    await this.player.names();
  }
}

describe('CuePlayer', () => {
  it('goes on, back and to a cue, and stays where it is at the ends', async () => {
    const { player, log, places } = new Stage([
      { preset: 'a', name: 'dawn' },
      { snapshot: 'b' },
      { preset: 'c' },
    ]);
    await assert.rejects(player.go(), { code: 'SCENE_CUE' });
    assert.equal(await player.load('show'), 3);
    assert.deepEqual(await player.names(), [0, 'dawn', 'b', 'c']);
    assert.deepEqual(await player.go(), [1, 'dawn']);
    assert.deepEqual(await player.go(), [2, 'b']);
    assert.deepEqual(await player.back(), [1, 'dawn']);
    await assert.rejects(player.back(), { code: 'SCENE_CUE', message: /1 to 3/ });
    assert.deepEqual(await player.goto(3), [3, 'c']);
    await assert.rejects(player.go(), { code: 'SCENE_CUE' });
    await assert.rejects(player.goto(-1), { code: 'SCENE_CUE' });
    assert.deepEqual(log, ['a', '1 dawn', 'b', '2 b', 'a', '1 dawn', 'c', '3 c']);
    assert.deepEqual(places.at(-1), { name: 'show', at: 3 });
  });

  it('takes two goes that come together one after the other', async () => {
    const { player, log } = new Stage([{ preset: 'a' }, { preset: 'b' }]);
    await player.load('show');
    assert.deepEqual(await Promise.all([player.go(), player.go()]), [
      [1, 'a'],
      [2, 'b'],
    ]);
    assert.deepEqual(log, ['a', '1 a', 'b', '2 b']);
  });

  it('waits, and lets the next one follow', async () => {
    const stage = new Stage([{ preset: 'a', waitMs: 500, followMs: 2000 }, { preset: 'b' }]);
    const { player, log } = stage;
    await player.load('show');
    assert.deepEqual(await player.go(), [1, 'a']);
    assert.deepEqual([log, stage.waits()], [[], [500]]);
    await stage.comes();
    assert.deepEqual(log, ['a', '1 a']);
    assert.deepEqual(stage.waits(), [2000]);
    await stage.comes();
    assert.deepEqual(log, ['a', '1 a', 'b', '2 b']);
    assert.deepEqual(stage.waits(), []);
  });

  it('drops what would have followed when a command comes, or all is stopped', async () => {
    const stage = new Stage([
      { preset: 'a', followMs: 2000 },
      { preset: 'b', followMs: 100 },
      { preset: 'c' },
    ]);
    const { player } = stage;
    await player.load('show');
    await player.go();
    await player.go();
    assert.deepEqual(stage.waits(), [100]);
    player.stop();
    assert.deepEqual(stage.waits(), []);
  });

  it('stays where it is when a cue cannot be played', async () => {
    const stage = new Stage([{ preset: 'a' }, { preset: 'missing' }, { preset: 'missing', waitMs: 5 }]);
    const { player, log } = stage;
    await player.load('show');
    await player.go();
    await assert.rejects(player.go(), { code: 'SCENE_NOT_FOUND' });
    assert.equal((await player.names())[0], 1);
    await player.goto(3);
    await stage.comes();
    assert.deepEqual(log, ['a', '1 a', 'SCENE_NOT_FOUND']);
  });

  it('takes an edited list as it is, and tells one that was spoilt', async () => {
    const stage = new Stage([{ preset: 'a' }]);
    const { player, log } = stage;
    await player.load('show');
    stage.list = [{ preset: 'z' }, { preset: 'y' }];
    assert.deepEqual(await player.go(), [1, 'z']);
    stage.isSpoilt = true;
    assert.deepEqual(await player.go(), [2, 'y']);
    assert.deepEqual(log, ['z', '1 z', 'SCENE_FORMAT', 'y', '2 y']);
    await assert.rejects(player.load('show'), { code: 'SCENE_FORMAT' });
    assert.deepEqual(await player.goto(1), [1, 'z']);
  });

  it('goes on where a process before it stood', async () => {
    const { player, log } = new Stage([{ preset: 'a' }, { preset: 'b' }], { name: 'show', at: 1 });
    assert.deepEqual(await player.go(), [2, 'b']);
    assert.deepEqual(log, ['b', '2 b']);
  });
});
