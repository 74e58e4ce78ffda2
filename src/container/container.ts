/** The composition root's container: one per engine. inversify is used here only, and never while sound is made. */
import 'reflect-metadata';
import { Container } from 'inversify';
import {
  type AnyNodeDescriptor,
  createRegistry,
  type Services,
  type ServiceToken,
} from '../../graph/index.js';
import {
  AUDIO_FILES,
  AUDIO_INPUTS,
  type AudioFiles,
  builtInDrivers,
  MIDI_FILES,
  MIDI_INPUTS,
  MODEL_STREAMS,
  SINK_DRIVERS,
  type SinkDrivers,
  STATE_FILES,
  TEXT_READERS,
} from '../../nodes/index.js';
import { EngineAudioFiles, TimedAudioFiles } from '../audio-files/index.js';
import { RecordedAudioInputs } from '../audio-input/index.js';
import { EngineError } from '../engine/errors.js';
import { readMidiFile } from '../engine/midi-files.js';
import { ModelStreamTable } from '../engine/model-stream-table.js';
import { EngineModelStreams } from '../engine/model-streams.js';
import type { EngineParts } from '../engine/options.js';
import { KeptStateFiles, ReplayStateFiles } from '../engine/replay-state-files.js';
import { EngineStateFiles } from '../engine/state-files.js';
import { noMidiInputs } from '../midi/midi-link.js';
import { EngineTextReaders } from '../text/engine-text-readers.js';
import type { EngineSettings } from './engine-settings.js';
import { allNodeTypes } from './node-registry.js';
import { loadPlugins, type Plugin } from './plugins.js';
import {
  ENGINE_SETTINGS,
  MODEL_STREAM_TABLE,
  NODE_REGISTRY,
  NODE_TYPE,
  SERVICES,
  serviceId,
} from './tokens.js';

/** Binds everything that an engine is made of. A plugin's module may replace nothing of ours. */
export function createContainer(settings: EngineSettings, plugins: readonly Plugin[] = []): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(ENGINE_SETTINGS).toConstantValue(settings);
  container.bind(MODEL_STREAM_TABLE).toResolvedValue(() => new ModelStreamTable());
  container
    .bind(serviceId(MODEL_STREAMS))
    .toResolvedValue(
      (given: EngineSettings, table: ModelStreamTable) => new EngineModelStreams(given, table),
      [ENGINE_SETTINGS, MODEL_STREAM_TABLE],
    );
  container.bind(serviceId(AUDIO_FILES)).toResolvedValue(
    ({ fileTimes }: EngineSettings) => {
      const files = new EngineAudioFiles();
      return fileTimes === undefined ? files : new TimedAudioFiles(files, fileTimes);
    },
    [ENGINE_SETTINGS],
  );
  container
    .bind(serviceId(AUDIO_INPUTS))
    .toResolvedValue(
      ({ audioInputs, recordedInputs }: EngineSettings, files: AudioFiles) =>
        audioInputs ?? new RecordedAudioInputs(files, recordedInputs ?? []),
      [ENGINE_SETTINGS, serviceId(AUDIO_FILES)],
    );
  container.bind(serviceId(STATE_FILES)).toResolvedValue(
    ({ statesFolder, replay, replayedState, keepState }: EngineSettings) => {
      if (replay !== undefined) return new ReplayStateFiles(replay, replayedState ?? (() => undefined));
      const files = new EngineStateFiles(statesFolder ?? DEFAULT_STATES_FOLDER);
      return keepState === undefined ? files : new KeptStateFiles(files, keepState);
    },
    [ENGINE_SETTINGS],
  );
  container.bind(serviceId(SINK_DRIVERS)).toResolvedValue(() => builtInDrivers());
  container
    .bind(serviceId(TEXT_READERS))
    .toResolvedValue(({ replay }: EngineSettings) => new EngineTextReaders(replay), [ENGINE_SETTINGS]);
  container.bind(serviceId(MIDI_FILES)).toConstantValue({ read: readMidiFile });
  container.bind(serviceId(MIDI_INPUTS)).toConstantValue(settings.midiInputs ?? noMidiInputs);
  container.bind(SERVICES).toConstantValue(servicesOf(container));
  for (const descriptor of allNodeTypes(plugins)) container.bind(NODE_TYPE).toConstantValue(descriptor);
  container
    .bind(NODE_REGISTRY)
    .toResolvedValue(
      (types: AnyNodeDescriptor[]) => createRegistry(types),
      [{ isMultiple: true, serviceIdentifier: NODE_TYPE }],
    );
  for (const plugin of plugins) loadModule(container, plugin);
  return container;
}

/** Beside the recordings, in the folder that the engine was started in. */
const DEFAULT_STATES_FOLDER = 'states';

/** What plugins may not bind a second time. */
const ownServices = [
  MODEL_STREAMS,
  AUDIO_FILES,
  AUDIO_INPUTS,
  SINK_DRIVERS,
  STATE_FILES,
  MIDI_FILES,
  MIDI_INPUTS,
  TEXT_READERS,
];

export interface ContainerParts extends EngineParts {
  readonly sinkDrivers: SinkDrivers;
}

/** Everything that an Engine is given, from one container. Plugins are imported here: see loadPlugins. */
export async function createEngineParts(
  settings: EngineSettings & { readonly plugins?: readonly string[] },
): Promise<ContainerParts> {
  const container = createContainer(settings, await loadPlugins(settings.plugins ?? []));
  return {
    registry: container.get(NODE_REGISTRY),
    services: container.get(SERVICES),
    models: container.get(MODEL_STREAM_TABLE),
    sinkDrivers: container.get(serviceId(SINK_DRIVERS)),
  };
}

function loadModule(container: Container, { name, module }: Plugin): void {
  if (module === undefined) return;
  try {
    container.load(module);
    for (const token of ownServices) {
      if (container.getAll(serviceId<unknown>(token)).length > 1)
        throw new Error(`it binds ${token.name}, which is ours`);
    }
  } catch (cause) {
    throw new EngineError(
      'PLUGIN_LOAD',
      `The module of the plugin "${name}" could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** What nodes see of the container: their services, and nothing else. */
function servicesOf(container: Container): Services {
  return {
    get<T>(token: ServiceToken<T>): T {
      if (!container.isBound(serviceId(token))) {
        throw new EngineError('PLUGIN_SERVICE', `Nothing provides the service "${token.name}".`);
      }
      return container.get(serviceId(token));
    },
  };
}
