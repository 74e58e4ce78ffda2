#!/usr/bin/env python3
"""Tests of the recipes for classes, words and speech; no data needed, seconds:  python3 test_conditioned.py"""

import unittest

import numpy as np

from class_data import ClassSampler, SoundClass, flattened, levelled, repeated
from data import Coding, decode_mu_law, with_gaps
from speech_corpus import Utterance
from speech_data import SpeechSampler, as_spoken, make_prosody, render
from speech_rows import BLEND_FRAMES, HOP, PHONES, Segment, phone_weights, speech_rows, speech_source
from speech_text import WORDS, is_held_out, make_text
from vocoder import CEPSTRA, envelopes, synthesise, track_pitch
from word_data import Said, WordParts, WordSampler, cut_to_speech, render_words
from word_steps import STEP_FRAMES, STEPS, WordEvent, word_pitch_hz, word_rows

AA, S, PAU = PHONES.index("aa"), PHONES.index("s"), 0


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt((samples.astype(np.float64)**2).mean()))


def noise(length: int, seed: int) -> np.ndarray:
    return (0.06 * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)


class Gaps(unittest.TestCase):
    def test_some_rows_have_quiet_stretches(self):
        inputs = np.full((40, 8192), 200)
        out = with_gaps(np.random.default_rng(1), inputs, 0.5)
        changed = (out != inputs).any(axis=1)
        self.assertTrue(5 < changed.sum() < 35)
        self.assertTrue((out[:, 0] == 200).all() and (np.abs(out[out != 200] - 128) < 20).all())
        self.assertGreater((out != inputs).mean(), 0.05)


class Classes(unittest.TestCase):
    def test_sound_is_as_loud_as_its_weights_say(self):
        sampler = ClassSampler([SoundClass(str(i), 1.0, [noise(16000, i)], []) for i in range(4)], Coding(1e-4), 1, 0.0, (0,))
        for _ in range(40):
            ids, cond = sampler.crop(8192)
            weights = cond["classes"].mean()
            if np.ptp(cond["classes"].sum(axis=1)) < 1e-6:
                self.assertAlmostEqual(rms(decode_mu_law(ids))**2, 4 * weights * 0.06**2, delta=6e-4)
            self.assertTrue((cond["classes"] >= 0).all() and (cond["classes"].sum(axis=1) < 1.0001).all())

    def test_levels(self):
        quiet = noise(16000, 1) * np.linspace(1, 0.01, 16000)
        self.assertAlmostEqual(20 * np.log10(rms(levelled(quiet, -24.0))), -24.0, places=1)
        flat = flattened(quiet)
        self.assertAlmostEqual(rms(flat[:8000]) / rms(flat[8000:]), 1.0, delta=0.1)

    def test_what_is_repeated_has_no_step(self):
        wave = np.sin(2 * np.pi * 50 * np.arange(16000) / 16000).astype(np.float32)
        again = repeated(wave, 60000)
        self.assertGreaterEqual(again.size, 60000)
        self.assertLess(np.abs(np.diff(again)).max(), 1.5 * np.abs(np.diff(wave)).max())


class Words(unittest.TestCase):
    def test_rows_hand_over_from_step_to_step(self):
        rows = word_rows([WordEvent(3, 1)], 2, 400).reshape(400, 2, STEPS)
        self.assertTrue((rows[:3] == 0).all() and (rows[:, 0] == 0).all())
        for n in (0, 10, STEP_FRAMES, 130, 299):
            want = [max(0.0, 1.0 - abs(n / STEP_FRAMES - s)) for s in range(STEPS)]
            np.testing.assert_allclose(rows[3 + n, 1], want, atol=1e-6)
        self.assertTrue((rows[303:] == 0).all())

    def test_stop_and_the_next_word_end_a_word(self):
        rows = word_rows([WordEvent(0, 0), WordEvent(40, None), WordEvent(60, 1), WordEvent(90, 0)], 2, 100)
        halves = rows.reshape(100, 2, STEPS).sum(axis=2)
        np.testing.assert_allclose(halves[:40, 0], 1.0, atol=1e-6)
        self.assertTrue((halves[40:60] == 0).all() and (halves[60:90, 0] == 0).all() and (halves[90:, 1] == 0).all())

    def test_only_what_is_asked_for_sounds(self):
        parts = [WordParts(word, np.repeat(synthetic_vowel()[None], 100, axis=0).astype(np.float16), np.ones(100)) for word in range(3)]
        sampler = WordSampler(parts, 3, Coding(1e-4), 1, 0.0, (0,))
        for _ in range(20):
            ids, cond = sampler.crop(16384)
            asked = np.repeat(cond["words"].any(axis=1), HOP)
            far_from_words = ~np.convolve(asked, np.ones(4001), mode="same").astype(bool)
            self.assertTrue((np.abs(decode_mu_law(ids)[far_from_words]) < 1e-3).all())
            self.assertTrue((np.abs(cond["source"][~asked][2:, :16]) < 1e-9).all())

    def test_a_word_is_as_high_as_it_is_asked_for(self):
        parts = WordParts(0, np.repeat(synthetic_vowel()[None], 200, axis=0).astype(np.float16), np.ones(200))
        for height in (0.0, 0.5, 1.0):
            sound, cond = render_words([Said(5, parts, height, 200, False)], 1, 220, np.random.default_rng(1))
            found = track_pitch(sound, 60)[20:40]
            asked = word_pitch_hz(height, np.arange(20, 40) * 1.25 - 5)
            self.assertLess(np.abs(np.log2(found / asked)).max() * 1200, 30)

    def test_cut_keeps_the_loud_part(self):
        clip = 0.001 * noise(16000, 1)
        clip[6000:10000] += noise(4000, 2)
        cut = cut_to_speech(clip, -20.0)
        self.assertTrue(4000 <= cut.size < 7000)


class Speech(unittest.TestCase):
    def test_weights_sum_to_one_and_change_around_the_boundary(self):
        weights = phone_weights([Segment(PAU, 20), Segment(AA, 60), Segment(S, 64), Segment(PAU, 100)], 90)
        np.testing.assert_allclose(weights.sum(axis=1), 1.0)
        self.assertEqual(weights[20 - BLEND_FRAMES - 1, PAU], 1.0)
        self.assertEqual(weights[20 + BLEND_FRAMES, AA], 1.0)
        np.testing.assert_allclose(weights[20 - BLEND_FRAMES:20 + BLEND_FRAMES, AA], (np.arange(10) + 0.5) / 10)

    def test_pulses_fall_where_the_phase_is_whole(self):
        rows = speech_rows(phone_weights([Segment(AA, 50)], 50), np.full(50, 123.0), np.ones(50))
        source = speech_source(rows)
        pulse = source.rows[:, -1]
        np.testing.assert_allclose(np.diff(source.pulses), 16000 / 123.0, atol=1e-3)
        self.assertAlmostEqual(pulse.sum(), len(source.pulses), places=4)
        for at in source.pulses[:-1]:
            near = np.arange(max(0, int(at) - 2), int(at) + 5)
            self.assertAlmostEqual((pulse[near] * near).sum(), at + 1, places=3)

    def test_lead_only_moves_the_phase(self):
        rows = speech_rows(phone_weights([Segment(AA, 50)], 50), np.linspace(100, 200, 50), np.ones(50))
        whole, alone = speech_source(rows, 10), speech_source(rows[10:])
        np.testing.assert_allclose(whole.rows[10 * HOP + 2:, :16], alone.rows[2:, :16], atol=1e-5)

    def test_what_is_put_together_has_the_pitch_that_was_asked_for(self):
        formants = synthetic_vowel()
        cepstra = np.repeat(formants[None], 100, axis=0)
        for hz in (90.0, 150.0, 330.0):
            f0 = np.full(100, hz)
            rows = speech_rows(phone_weights([Segment(AA, 100)], 100), f0, np.ones(100))
            sound = synthesise(cepstra, speech_source(rows), f0, np.ones(100), np.random.default_rng(1))
            found = track_pitch(sound, 70)[10:60]
            self.assertLess(abs(np.log2(np.median(found[found > 0]) / hz)) * 1200, 5)

    def test_envelope_comes_back(self):
        cepstra = np.repeat(synthetic_vowel()[None], 100, axis=0)
        f0 = np.full(100, 120.0)
        rows = speech_rows(phone_weights([Segment(AA, 100)], 100), f0, np.ones(100))
        sound = synthesise(cepstra, speech_source(rows), f0, np.ones(100), np.random.default_rng(1))
        again = envelopes(sound, np.full(80, 120.0))[20:60].mean(axis=0)
        self.assertLess(np.abs(again[1:20] - cepstra[0, 1:20]).max(), 0.25)

    def test_no_text_of_training_has_a_held_out_word(self):
        rng = np.random.default_rng(1)
        heard = {word.strip(",") for _ in range(300) for word in make_text(rng, False).split()}
        asked = {word.strip(",") for _ in range(100) for word in make_text(rng, True).split()}
        self.assertFalse(any(map(is_held_out, heard)))
        self.assertFalse(heard & asked)
        self.assertEqual(len(set(WORDS)), len(WORDS))

    def test_crops_repeat_and_fit_together(self):
        utterance = Utterance(1, "a", np.array([PAU, AA, S, PAU]), np.array([0.1, 0.5, 0.7, 0.8]), np.full(160, 120.0),
                              np.repeat(synthetic_vowel()[None], 160, axis=0).astype(np.float32))
        first, second = (SpeechSampler([utterance], 3, Coding(1e-4), 5, 0.1, (0, 1)).batch(3, 4096) for _ in range(2))
        np.testing.assert_array_equal(first.inputs, second.inputs)
        self.assertEqual({name: rows.shape[1:] for name, rows in first.cond.items()},
                         {"speech": (64, 43), "source": (4096, 17), "speaker": (64, 3)})
        rng = np.random.default_rng(2)
        for _ in range(10):
            prosody = make_prosody(utterance, rng)
            self.assertEqual(len(prosody.f0), prosody.ends[-1])
            sound, _ = render(utterance, prosody, 0, int(prosody.ends[-1]) + 100, 3, rng)
            self.assertLess(np.abs(sound[-50 * HOP:]).max(), 1e-4)
        self.assertEqual(as_spoken(utterance).ends[-1], 200)


def synthetic_vowel() -> np.ndarray:
    """Cepstra (CEPSTRA,) of a smooth envelope with two humps."""
    hz = np.arange(513) * 16000 / 1024
    log_power = -8.0 - hz / 1500 + 3.0 * np.exp(-((hz - 700) / 300)**2) + 2.0 * np.exp(-((hz - 1800) / 400)**2)
    return np.fft.irfft(log_power)[:CEPSTRA]


if __name__ == "__main__":
    unittest.main()
