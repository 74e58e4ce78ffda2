#!/usr/bin/env python3
"""Tests of the recipe of words and its classifier; no data needed, some seconds:  python3 test_words.py"""

import unittest

import numpy as np
import torch

from metrics import log_mel_frames
from train_classifier import (BATCH, NUM_FEATURES, NUM_FRAMES, NUM_SAMPLES, START_SAMPLE, Classifier, as_played, batch_frames,
                              calibrate, outputs, spoiled)
from time_warp import aligned
from word_data import Spoken, WordParts, clearest, cut_to_speech, voiced_through
from word_steps import STEP_FRAMES, STEPS, WORD_FRAMES, WordEvent, word_rows


def tone_burst(word: int, rng: np.random.Generator) -> Spoken:
    """Half a second at a pitch of its own, for a word."""
    time_s = np.arange(8000) / 16000.0
    return Spoken(word, (0.3 * np.sin(2 * np.pi * (300 + 400 * word) * time_s + rng.uniform(0, 6))).astype(np.float32))


class WordStepsTest(unittest.TestCase):
    def test_steps_hand_over(self):
        rows = word_rows([WordEvent(5, 1)], 3, WORD_FRAMES + 10).reshape(-1, 3, STEPS)
        self.assertEqual(rows[5, 1, 0], 1.0)
        self.assertAlmostEqual(float(rows[15, 1, 0]), 1.0 - 10 / STEP_FRAMES, places=6)
        self.assertAlmostEqual(float(rows[15, 1, 1]), 10 / STEP_FRAMES, places=6)
        self.assertTrue((rows[:5] == 0).all() and (rows[5 + WORD_FRAMES:] == 0).all())
        self.assertTrue((rows[:, [0, 2]] == 0).all())

    def test_stop_and_replacement(self):
        rows = word_rows([WordEvent(0, 0), WordEvent(20, 2), WordEvent(30, None)], 3, 60).reshape(-1, 3, STEPS)
        sounding = (rows > 0).any(axis=2)
        self.assertTrue(sounding[:20, 0].all() and not sounding[20:, 0].any())
        self.assertTrue(sounding[20:30, 2].all() and not sounding[30:].any())


class ClipTest(unittest.TestCase):
    def test_cut_to_speech(self):
        rng = np.random.default_rng(1)
        clip = 1e-3 * rng.standard_normal(16000).astype(np.float32)
        clip[6000:11000] += tone_burst(0, rng).samples[:5000]
        spoken = cut_to_speech(clip, -20.0)
        self.assertTrue(5000 < spoken.size < 8500, spoken.size)
        self.assertLess(float(np.abs(spoken).max()), 0.9 + 1e-6)


class InStepTest(unittest.TestCase):
    def recording(self, turns: float, rng: np.random.Generator) -> np.ndarray:
        """Cepstra that change once, at row `turns` of 100; the level is that of a word."""
        sound = np.where(np.arange(100)[:, None] < turns, 1.0, -1.0) * np.linspace(-1.0, 1.5, 14)
        return sound + 0.1 * rng.standard_normal(sound.shape)

    def test_recordings_change_where_their_mean_does(self):
        rng = np.random.default_rng(3)
        turns = np.array([32, 40, 48, 56, 64])
        rows = np.stack(aligned([self.recording(t, rng) for t in turns], [self.recording(36, rng)]))
        changes = (rows < np.append(turns, 36)[:, None]).sum(axis=1)
        self.assertLess(int(np.ptp(changes)), 3, changes)
        self.assertTrue((np.diff(rows, axis=1) >= 0).all())
        self.assertTrue((rows[:, 0] < 10).all() and (rows[:, -1] > 89).all())

    def test_the_clearest_have_more_voice(self):
        parts = [WordParts(0, np.zeros((20, 3)), np.repeat((1.0, 0.0), (n, 20 - n))) for n in (3, 18, 9, 12)]
        self.assertEqual([p.voicing.sum() for p in clearest(parts, 0.5)], [18.0, 12.0])

    def test_short_gaps_in_the_voice_are_filled(self):
        voicing = np.array([0, 1, 0, 0, 1] + [0] * 12 + [1, 0], float)
        self.assertEqual(voiced_through(voicing).tolist(), [0, 1, 1, 1, 1] + [0] * 12 + [1, 0])


class ClassifierTest(unittest.TestCase):
    def test_frames_of_many_are_those_of_one(self):
        rng = np.random.default_rng(2)
        sounds = np.stack([spoiled(tone_burst(word, rng), rng) for word in range(4)])
        self.assertEqual(sounds.shape, (4, NUM_SAMPLES))
        frames = batch_frames(sounds).numpy()
        expected = np.stack([log_mel_frames(sound) for sound in sounds])
        self.assertEqual(frames.shape, (4, NUM_FRAMES, 40))
        self.assertLess(float(np.abs(frames - expected).max()), 1e-2)

    def test_clip_is_at_its_place(self):
        sound = as_played(tone_burst(0, np.random.default_rng(3)))
        self.assertTrue((sound[:START_SAMPLE] == 0).all())
        self.assertGreater(float(np.abs(sound[START_SAMPLE:START_SAMPLE + 100]).max()), 0.1)

    def test_calibration_divides_the_logits_only(self):
        torch.manual_seed(1)
        rng = np.random.default_rng(4)
        model = Classifier(3, -10.0, 4.0).eval()
        model.out.weight.data *= 100.0
        clips = [tone_burst(int(word), rng) for word in rng.integers(0, 3, BATCH + 5)]
        before, features = outputs(model, clips)
        temperature = calibrate(model, clips)
        after, same = outputs(model, clips)
        self.assertEqual(features.shape, (BATCH + 5, NUM_FEATURES))
        self.assertGreater(temperature, 1.0)
        np.testing.assert_array_equal(features, same)
        np.testing.assert_array_equal(before.argmax(axis=1), after.argmax(axis=1))
        words = np.array([clip.word for clip in clips])
        rows = np.arange(words.size)
        self.assertGreater(np.log(after[rows, words] + 1e-300).mean(), np.log(before[rows, words] + 1e-300).mean())


if __name__ == "__main__":
    unittest.main()
