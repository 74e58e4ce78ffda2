/** Words that have no business on the audio path: they postpone a borrowed block, or bring in a clock or chance. */
import assert from 'node:assert/strict';
import { readSources } from './sources.js';

const sources = readSources();

/** A rule for folders, and the files that may break it with the reason. */
interface Rule {
  readonly name: string;
  readonly folders: readonly string[];
  readonly pattern: RegExp;
  readonly except?: Readonly<Record<string, string>>;
}

const rules: readonly Rule[] = [
  {
    name: 'no randomness but the seeded one',
    folders: ['graph', 'models', 'nodes'],
    pattern: /\bMath\.random\b/,
  },
  {
    name: 'no printing',
    folders: ['graph', 'models', 'nodes'],
    pattern: /\bconsole\b|\bprocess\.std(out|err)\.write\b/,
  },
  {
    name: 'no wall clock',
    folders: ['graph', 'models', 'nodes'],
    pattern: /\bDate\b|\bperformance\.now\b|\bhrtime\b/,
    except: {
      'nodes/sinks/clock.ts': 'the clock of sinks without a device',
      'nodes/sinks/steady-stream.ts': 'notices that a device has stopped asking',
      'models/stream/': 'load of a model thread is measured time',
      'models/onnx/run/mailbox.ts': 'a runtime that gives no answer is given up at a deadline',
    },
  },
  {
    name: 'no timer',
    folders: ['graph', 'models', 'nodes'],
    pattern: /\b(setTimeout|setInterval|setImmediate)\b/,
    except: {
      'nodes/sinks/': 'sinks are where time comes from: they wait for devices and disks, off the tick',
      'models/stream/': 'a worker that steps ahead gives way between blocks',
    },
  },
  {
    name: 'no file, socket or process',
    folders: ['graph', 'nodes'],
    pattern: /node:(fs|net|dgram|http|child_process)/,
    except: { 'nodes/sinks/': 'a sink writes files and talks to devices, off the tick' },
  },
];

describe('the audio path', () => {
  for (const { name, folders, pattern, except = {} } of rules) {
    it(`has ${name}`, () => {
      const hits = sources
        .filter(
          ({ folder, file }) =>
            folders.includes(folder) && !Object.keys(except).some((at) => file.startsWith(at)),
        )
        .flatMap(({ file, code, imports }) => {
          const words = [code, ...imports.map(({ specifier }) => specifier)].join('\n');
          const found = pattern.exec(words);
          return found === null ? [] : [`${file}: ${found[0]}`];
        });
      assert.deepEqual(hits, []);
    });
  }

  it('has no operator that keeps or postpones a borrowed block', () => {
    const hits = sources
      .filter(({ folder }) => folder === 'graph' || folder === 'nodes')
      .flatMap(({ file, text }) =>
        rxjsNames(text)
          .filter((name) => POSTPONING.has(name))
          .map((name) => `${file}: ${name}`),
      );
    assert.deepEqual(hits, []);
    assert.deepEqual(rxjsNames("import { map, type Observable, shareReplay as s } from 'rxjs';"), [
      'map',
      'Observable',
      'shareReplay',
    ]);
  });
});

const POSTPONING: ReadonlySet<string> = new Set(
  `observeOn subscribeOn delay delayWhen debounce debounceTime throttle throttleTime audit auditTime sample sampleTime
   buffer bufferCount bufferTime bufferToggle bufferWhen window windowCount windowTime shareReplay toArray
   asyncScheduler asapScheduler queueScheduler animationFrameScheduler interval timer`.split(/\s+/),
);

/** The names that a file imports from rxjs. */
function rxjsNames(text: string): string[] {
  return [...text.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'rxjs'/g)].flatMap(([, names]) =>
    names!
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^type\s+/, '')
          .replace(/\s+as\s.*$/, ''),
      )
      .filter((name) => name !== ''),
  );
}
