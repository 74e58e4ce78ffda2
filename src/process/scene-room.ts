/** Presets, snapshots, morphs and cues of a live engine. On the engine's main thread; all that sounds goes as control messages. */
import { compilePatch, type ParamSetting, type ParamSpecs, type Patch } from '../../graph/index.js';
import { describeError } from '../engine/errors.js';
import { listPresets, readPresetFile, readRemotePreset } from '../engine/presets.js';
import { ClockReader, type ClockReading } from '../osc/clock-page.js';
import { monotonicMs } from '../osc/monotonic.js';
import {
  type Aim,
  afterEdit,
  aimsOf,
  between,
  type Cue,
  CuePlayer,
  type CurveName,
  curveOf,
  curves,
  FileWatch,
  type Goal,
  isSameGraph,
  Morpher,
  parseCues,
  patchWith,
  SceneError,
  SceneFolder,
  Snapshots,
  snapshotOf,
} from '../scenes/index.js';
import type { ControlRoom } from './control-room.js';
import type { ScenePlace } from './engine-link.js';

export interface SceneRoomOptions {
  /** See osc/clock-page.ts. */
  readonly clock: SharedArrayBuffer;
  /** Of presets of one's own. */
  readonly folder: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly blockFrames: number;
}

const mostMs = 3_600_000;
/** Of what a snapshot has and the patch has not, as many are told one by one. */
const mostTold = 4;

export class SceneRoom {
  readonly cues: CuePlayer;
  private readonly folder: SceneFolder;
  private readonly snapshots: Snapshots;
  private readonly morpher: Morpher;
  private readonly watch = new FileWatch((file) => void this.inTurn(() => this.takeEdit(file)));
  /** The file that plays, as it was read last. */
  private base: Patch | undefined;
  private place: ScenePlace;
  /** What a fader has told already, of the patch that plays. */
  private readonly told = new Set<string>();
  /** All that is asked for is done in its order, so what follows a load means the patch that was loaded. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly room: ControlRoom,
    private readonly options: SceneRoomOptions,
  ) {
    const { sampleRate, clock } = options;
    const reader = new ClockReader(clock);
    const reading: ClockReading = { frame: 0, timeMs: 0, framesPerMs: 0, publications: 0 };
    this.folder = new SceneFolder(options.folder);
    this.snapshots = new Snapshots(this.folder);
    this.morpher = new Morpher({
      sampleRate,
      nowFrame: () =>
        reader.read(reading)
          ? reading.frame + (monotonicMs() - reading.timeMs) * reading.framesPerMs
          : undefined,
      apply: (messages) => room.audio.apply(messages),
      every: (ms, action) => {
        const timer = setInterval(action, ms);
        return () => clearInterval(timer);
      },
    });
    this.place = room.mirror.snapshot().scene ?? {};
    this.cues = this.openCues();
    room.audio.news$.subscribe((news) => {
      if (news.kind !== 'applied') return;
      this.morpher.heard(news.messages);
      if (news.messages.some(({ kind }) => kind === 'panic')) this.cues.stop();
    });
    if (this.place.presetFile !== undefined) this.attend(this.place.presetFile);
  }

  close(): void {
    this.morpher.endAll();
    this.cues.stop();
    this.watch.close();
  }

  /** Over `ms`, or as the engine does; with the values of a snapshot, where one is named. Rejects with a coded error. */
  loadPreset(name: string, ms?: number, snapshot?: string): Promise<void> {
    return this.inTurn(async () => {
      if (ms !== undefined) checkTime(ms);
      const preset = readRemotePreset(name, process.cwd(), this.options.folder);
      const aims = snapshot === undefined ? [] : await this.aims(snapshot, preset.patch);
      await this.room.play({ ...preset, patch: patchWith(preset.patch, aims) }, ms);
      this.morpher.endAll();
      this.told.clear();
      this.base = preset.patch;
      await this.watch.watch(preset.file);
      this.setPlace({ presetFile: preset.file });
    });
  }

  savePreset(name: string): Promise<void> {
    return this.inTurn(async () => {
      refuseShipped(name);
      const patch = patchOf(this.room.mirror.snapshot().patch, this.params());
      const file = await this.folder.write('preset', name, patch);
      if (file !== this.place.presetFile) return;
      // No edit of another: what is set from now on stays.
      this.base = patch;
      await this.watch.watch(file);
    });
  }

  async listPresets(): Promise<readonly string[]> {
    return [...new Set([...(await this.folder.list('preset')), ...listPresets()])].sort();
  }

  async deletePreset(name: string): Promise<void> {
    refuseShipped(name);
    await this.folder.remove('preset', name);
  }

  storeSnapshot(name: string): Promise<void> {
    return this.inTurn(() =>
      this.snapshots.store(name, snapshotOf(this.room.mirror.snapshot().presetName, this.params())),
    );
  }

  listSnapshots(): Promise<readonly string[]> {
    return this.snapshots.list();
  }

  async deleteSnapshot(name: string): Promise<void> {
    await this.snapshots.delete(name);
  }

  /** Takes the params to a snapshot over `ms`; how many there are. Rejects with a coded error. */
  morphTo(name: string, ms: number, curveName = 'linear'): Promise<number> {
    return this.inTurn(async () => {
      checkTime(ms);
      const curve = curveOf(curveName);
      const aims = await this.aims(name);
      this.morpher.start(this.goals(aims, curve), ms);
      return aims.length;
    });
  }

  /** A fader: the params that both snapshots have. Rejects with a coded error. */
  morph(from: string, to: string, position: number): Promise<void> {
    return this.inTurn(() => this.moveFader(from, to, position));
  }

  private async moveFader(from: string, to: string, position: number): Promise<void> {
    const { patch } = this.room.mirror.snapshot();
    const [start, end] = [await this.aims(from, patch, this.told), await this.aims(to, patch, this.told)];
    const starts = new Map(start.map((aim) => [`${aim.nodeId}/${aim.name}`, aim.to]));
    const goals: Goal[] = [];
    for (const aim of end) {
      const began = starts.get(`${aim.nodeId}/${aim.name}`);
      if (began === undefined) continue;
      const curve = aim.curve ?? 'linear';
      const value = between(aim.spec, began, aim.to, curves[curve](Math.min(1, Math.max(0, position))));
      goals.push({ ...aim, from: began, to: value, curve });
    }
    this.morpher.start(goals, 0);
  }

  private goals(aims: readonly Aim[], curve: CurveName): readonly Goal[] {
    const params = this.params();
    return aims.map((aim) => ({
      ...aim,
      from: params[aim.nodeId]?.[aim.name] ?? aim.spec.default,
      curve: aim.curve ?? curve,
    }));
  }

  /** What of a snapshot a patch can take, that which plays when none is given; the rest is told, unless it has been `told`. */
  private async aims(
    name: string,
    patch = this.room.mirror.snapshot().patch,
    told?: Set<string>,
  ): Promise<readonly Aim[]> {
    const { aims, skipped } = aimsOf(await this.snapshots.load(name), patch, this.room.registry);
    if (skipped.length > 0) {
      const more = skipped.length > mostTold ? `; and ${skipped.length - mostTold} more` : '';
      const message = `The snapshot ${name} does not fit in all: ${skipped.slice(0, mostTold).join('; ')}${more}.`;
      if (told?.has(message) !== true) this.room.warn('snapshot', 'SCENE_SKIPPED', message);
      told?.add(message);
    }
    return aims;
  }

  /** As they are set; what is on its way, where it is. */
  private params(): Record<string, Record<string, ParamSetting>> {
    const { patch } = this.room.mirror.snapshot();
    return Object.fromEntries(
      patch.nodes.map(({ id, params }) => [
        id,
        Object.fromEntries(
          Object.entries(params).map(([name, value]) => [name, this.morpher.valueOf(id, name) ?? value]),
        ),
      ]),
    );
  }

  /** A file plays that was not loaded here. */
  private attend(file: string): void {
    void this.inTurn(async () => {
      try {
        this.base = readPresetFile(file).patch;
      } catch {
        // It plays from what the process before knew; an edit is heard all the same.
      }
      await this.watch.watch(file);
    });
  }

  /** The file that plays has been edited. What is wrong with it is told, and what played plays on. */
  private async takeEdit(file: string): Promise<void> {
    if (file !== this.place.presetFile) return;
    const { registry, mirror } = this.room;
    const { sampleRate, blockFrames } = this.options;
    try {
      const { name, patch } = readPresetFile(file);
      compilePatch(patch, registry, { sampleRate, maxBlockFrames: blockFrames, mode: 'live', seed: 0 });
      if (JSON.stringify(patch) === JSON.stringify(this.base)) return;
      const live = mirror.snapshot().patch;
      const wanted = afterEdit(this.base, patch, live);
      if (isSameGraph(wanted, live)) this.setParams(wanted, live);
      else {
        await this.room.play({ name, patch: wanted, file });
        this.morpher.endAll();
        this.told.clear();
      }
      this.base = patch;
      this.room.tell('preset', `${file} was edited: it plays as it is now.`);
    } catch (error) {
      const { code, message } = describeError(error, 'ENGINE_PRESET_READ');
      this.room.warn('preset', code, `${file} was edited, and what played plays on: ${message}`);
    }
  }

  private setParams(wanted: Patch, live: Patch): void {
    const aims: Aim[] = [];
    for (const [i, { id, type, params }] of wanted.nodes.entries()) {
      const specs: ParamSpecs = this.room.registry.get(type)?.params ?? {};
      for (const [name, spec] of Object.entries(specs)) {
        const to = params[name] ?? spec.default;
        if (to !== (live.nodes[i]!.params[name] ?? spec.default)) aims.push({ nodeId: id, name, spec, to });
      }
    }
    if (aims.length > 0) this.morpher.start(this.goals(aims, 'linear'), 0);
  }

  private openCues(): CuePlayer {
    const ports = {
      read: async (name: string) =>
        parseCues((await this.folder.read('cue list', name)).text, `cues/${name}.json`),
      perform: (cue: Cue) => this.perform(cue),
      later: (ms: number, action: () => void) => {
        const timer = setTimeout(action, ms);
        return () => clearTimeout(timer);
      },
      isOn: (number: number, name: string) => this.room.osc.broadcast({ kind: 'cue', number, name }),
      failed: (error: unknown) => {
        const { code, message } = describeError(error, 'SCENE_CUE');
        this.room.warn('cue', code, message);
      },
      placeChanged: (cues: ScenePlace['cues']) => this.setPlace({ ...(cues !== undefined && { cues }) }),
    };
    return new CuePlayer(ports, this.place.cues);
  }

  private async perform({ preset, snapshot, ms, curve }: Cue): Promise<void> {
    if (preset !== undefined) await this.loadPreset(preset, ms, snapshot);
    else if (snapshot !== undefined) await this.morphTo(snapshot, ms ?? 0, curve);
  }

  private setPlace(place: ScenePlace): void {
    this.place = { ...this.place, ...place };
    this.room.remember(this.place);
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.turn.catch(() => undefined).then(action);
    this.turn = turn;
    return turn;
  }
}

function patchOf(
  patch: Patch,
  params: Readonly<Record<string, Readonly<Record<string, ParamSetting>>>>,
): Patch {
  return { ...patch, nodes: patch.nodes.map((node) => ({ ...node, params: { ...params[node.id] } })) };
}

function refuseShipped(name: string): void {
  if (!listPresets().includes(name)) return;
  throw new SceneError('SCENE_TAKEN', `The preset "${name}" comes with the program.`);
}

function checkTime(ms: number): void {
  if (ms >= 0 && ms <= mostMs) return;
  throw new SceneError('SCENE_TIME', `Expected 0 to ${mostMs} ms but received ${ms}.`);
}
