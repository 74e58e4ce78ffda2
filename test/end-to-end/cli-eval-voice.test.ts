/** `sashimi eval voice` on random weights: whatever it scores, it must not break. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wavefile from 'wavefile';
import { PHONES, writeBundle } from '../../models/index.js';
import type { VoiceReport } from '../../src/cli/eval/voice.js';
import type { Utterance } from '../../src/eval/utterance.js';
import { runCli } from '../support/run-cli.js';
import { SPEECH_CONDITIONING, utteranceOf } from '../support/speech.js';
import { useSuiteTempFolder } from '../support/temp-folder.js';
import { tinyBundleParts } from '../support/tiny-bundle.js';

describe('sashimi eval voice', function () {
  this.timeout(300_000);
  const folder = useSuiteTempFolder();
  const said = [
    utteranceOf(
      [
        ['pau', 10],
        ['m', 20],
        ['aa', 30],
        ['pau', 15],
      ],
      () => 150,
      { name: 'one', speaker: 'low' },
    ),
    utteranceOf(
      [
        ['pau', 10],
        ['l', 20],
        ['iy', 40],
      ],
      (row) => 200 + row,
      { name: 'two', speaker: 'high' },
    ),
    utteranceOf([['uw', 40]], () => 120, { name: 'three', speaker: 'nobody' }),
  ];
  const listed = ({ name, speaker, text, phones, pitchHz, loudness }: Utterance) => ({
    file: `${name}.wav`,
    speaker,
    text,
    phones: phones.map(({ phone, end }) => ({ phone: PHONES[phone]!, endMs: 4 * end })),
    pitchHz: [...pitchHz],
    loudness: [...loudness],
  });

  function writeHeldOut(into: string, utterances: unknown): void {
    mkdirSync(into, { recursive: true });
    for (const { name, sound } of said) {
      const wav = new wavefile.WaveFile();
      wav.fromScratch(1, 16_000, '32f', sound);
      writeFileSync(join(into, `${name}.wav`), wav.toBuffer());
    }
    writeFileSync(join(into, 'held-out.json'), JSON.stringify({ kind: 'speech', utterances }));
  }

  before(async () => {
    const { draft, tensors } = tinyBundleParts({ conditioning: SPEECH_CONDITIONING });
    await writeBundle(folder.path('voice'), draft, tensors, '# Tiny\n');
    writeHeldOut(folder.path('voice/held-out'), said.map(listed));
    const mute = tinyBundleParts({});
    await writeBundle(folder.path('mute'), mute.draft, mute.tensors, '# Mute\n');
  });

  const voice = (...more: string[]): string[] => ['eval', 'voice', folder.path('voice'), ...more];

  it('measures the utterances of speakers that the model has, and leaves sounds and pictures', async () => {
    const { code, stdout, stderr } = await runCli(voice('--json', '--out', folder.path('out')));
    assert.equal(code, 0, stderr);
    const { all, bySpeaker, utterances } = JSON.parse(stdout) as VoiceReport;
    assert.deepEqual(
      utterances.map(({ utterance }) => utterance),
      ['one', 'two'],
    );
    assert.deepEqual(Object.keys(bySpeaker), ['low', 'high']);
    assert.ok(all.truth.timeMedianMs! < 5 && all.truth.pitchRight > 0.9, stdout);
    assert.ok(all.truth.distortionDb! < 3 && all.model.distortionDb! > all.truth.distortionDb!, stdout);
    assert.ok(all.model.pitchRight < 0.5, stdout);
    assert.deepEqual(readdirSync(folder.path('out')).sort(), [
      'one-model.wav',
      'one-true.wav',
      'one.png',
      'two-model.wav',
      'two-true.wav',
      'two.png',
    ]);
    const wav = readFileSync(folder.path('out/one-model.wav')).toString('latin1');
    assert.match(wav, /Made by a neural audio model/);
  });

  it('prints a table', async () => {
    const { code, stdout, stderr } = await runCli(voice());
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^tiny: .* x real time\n +ends +time ms.*\none +model .*\n +truth .*\n +wrong /);
    assert.match(stdout, /\nall +model /);
  });

  const [one] = said.map(listed);
  const broken: readonly (readonly [string, unknown])[] = [
    ['none', []],
    ['a path', [{ ...one, file: '../one.wav' }]],
    ['a phone that is none', [{ ...one, phones: [{ phone: 'xx', endMs: 10 }] }]],
    ['ends out of order', [{ ...one, phones: [...one!.phones].reverse() }]],
    ['fewer values of loudness', [{ ...one, loudness: [1] }]],
    [
      'more rows than sound',
      [{ ...one, pitchHz: new Array(999).fill(100), loudness: new Array(999).fill(1) }],
    ],
    ['text for numbers', [{ ...one, pitchHz: one!.pitchHz.map(String) }]],
  ];
  for (const [what, utterances] of broken) {
    it(`refuses a list with ${what}`, async () => {
      const at = folder.path(`broken-${what}`);
      writeHeldOut(at, utterances);
      const { code, stdout, stderr } = await runCli(voice('--held-out', at));
      assert.equal(code, 1, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^CLI_HELD_OUT: /);
    });
  }

  it('refuses a model without speech, a folder without a list, and speakers that nobody is', async () => {
    for (const [args, message] of [
      [['eval', 'voice', folder.path('mute')], /^CLI_VOICE: .*no input that speech feeds/],
      [voice('--held-out', folder.path('mute')), /^CLI_HELD_OUT: .*has no held-out\.json/],
    ] as const) {
      const { code, stderr } = await runCli([...args]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
    }
    writeHeldOut(folder.path('strangers'), [listed(said[2]!)]);
    const { stderr } = await runCli(voice('--held-out', folder.path('strangers')));
    assert.match(stderr, /^CLI_VOICE: .*low, high/);
  });
});
