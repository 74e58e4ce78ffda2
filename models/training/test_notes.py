#!/usr/bin/env python3
"""Tests of the note-conditioned recipe; no data needed, half a minute:  python3 test_notes.py"""

import math
import shutil
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from note_bank import NoteBank, read_performance, write_performance
from note_data import NoteSampler, render_frames
from note_music import Composer, Performance, without_overlaps
from note_roll import (FRAME_RATE_HZ, HOP, LOWEST_PITCH, NUM_KEYS, PARTIALS, RELEASE_TAU_S, SILENT_LEVEL, NoteRoll, events_of,
                       held_tau_s, partial_hz)
from render_piano import DEFAULT_SOUND_FONT, FELT_HZ, render_midi
from sashimi import CondInput, Sashimi, SashimiConfig

SMALL = SashimiConfig(d_model=8, num_layers=2, pool=(2, 4), conjugate_pairs=4, num_ssm=4,
                      conditioning=(CondInput("slow", 3, 16), CondInput("odd", 2, 6), CondInput("fast", 2, 1)))


def passages(count: int, length_s: float) -> list[tuple[list, list]]:
    composer = Composer([], np.random.default_rng(4))
    return [composer.passage(length_s) for _ in range(count)]


def plain_frames(events: list, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """The definition of docs/conditioning.md, frame by frame and sample by sample: (roll, source)."""
    level, age, held, releasing = np.zeros(NUM_KEYS), np.zeros(NUM_KEYS, int), np.zeros(NUM_KEYS, bool), np.zeros(NUM_KEYS, bool)
    pedal, waiting = 0, list(events)
    hz = np.stack([partial_hz(LOWEST_PITCH + key) for key in range(NUM_KEYS)])
    taus = np.array([held_tau_s(LOWEST_PITCH + key) for key in range(NUM_KEYS)])
    roll, source = np.zeros((num_frames, 2 * NUM_KEYS + 2)), np.zeros((num_frames * HOP, PARTIALS, 2))
    for frame in range(num_frames):
        while waiting and waiting[0].frame == frame:
            _, kind, pitch, value = waiting.pop(0)
            key = pitch - LOWEST_PITCH
            if kind == "on":
                level[key], age[key], held[key], releasing[key] = value / 127, 0, True, False
                roll[frame, NUM_KEYS + key] = value / 127
            elif kind == "off":
                held[key] = False
                releasing[key] |= not pedal
            else:
                pedal = value
                releasing |= ~held & (not pedal)
        roll[frame, :NUM_KEYS], roll[frame, -2], roll[frame, -1] = level, pedal, (level > 0.02).sum() / 10
        tau = np.where(releasing, RELEASE_TAU_S, taus)
        for key in np.flatnonzero(level):
            n = np.arange(HOP)[:, None]
            value = level[key] * np.exp(-n / 16000 / tau[key]) * (hz[key] > 0)
            phase = 2 * np.pi * hz[key] * (age[key] * HOP + n) / 16000
            source[frame * HOP:(frame + 1) * HOP] += np.stack((value * np.sin(phase), value * np.cos(phase)), axis=-1)
        age += 1
        level *= np.exp(-1 / FRAME_RATE_HZ / tau)
        level[level < SILENT_LEVEL] = 0.0
    return roll, source.reshape(num_frames * HOP, -1)


class ConditionedModelTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.model = Sashimi(SMALL).double()
        for parameter in self.model.cond.parameters():
            parameter.data = torch.randn_like(parameter)
        self.ids = torch.randint(0, 256, (2, 48))
        self.cond = {spec.name: torch.randn(2, 48 // spec.hop, spec.dim).double() for spec in SMALL.conditioning}

    def stepped(self, names) -> torch.Tensor:
        self.model.prepare_step()
        state = self.model.initial_state(2)
        hops = {spec.name: spec.hop for spec in SMALL.conditioning}
        return torch.stack([self.model.step(self.ids[:, t], state, {n: self.cond[n][:, t // hops[n]] for n in names})
                            for t in range(48)], dim=1)

    def test_step_equals_convolution_with_any_inputs(self):
        with torch.no_grad():
            for names in (("slow", "odd", "fast"), ("odd",), ()):
                conv = self.model(self.ids, {name: self.cond[name] for name in names})
                self.assertLess(float((self.stepped(names) - conv).abs().max()), 1e-11)

    def test_dropped_rows_are_those_without_frames(self):
        with torch.no_grad():
            mixed = self.model(self.ids, self.cond, torch.tensor([True, False]))
            self.assertLess(float((mixed[0] - self.model(self.ids)[0]).abs().max()), 1e-11)
            self.assertLess(float((mixed[1] - self.model(self.ids, self.cond)[1]).abs().max()), 1e-11)

    def test_no_frame_is_heard_before_its_time(self):
        changed = {name: frames.clone() for name, frames in self.cond.items()}
        changed["slow"][:, 2] += 1.0  # samples 32 to 47
        with torch.no_grad():
            difference = (self.model(self.ids, self.cond) - self.model(self.ids, changed)).abs().amax((0, 2))
        self.assertLess(float(difference[:32].max()), 1e-12)
        self.assertGreater(float(difference[32:].min()), 1e-9)


class NoteRollTest(unittest.TestCase):
    def test_frames_are_those_of_the_definition(self):
        for notes, pedals in passages(12, 1.0):
            events = events_of(notes, pedals)
            roll = NoteRoll(events, 300)
            plain_roll, plain_source = plain_frames(events, 300)
            np.testing.assert_allclose(roll.roll(0, 300), plain_roll, atol=1e-6)
            np.testing.assert_allclose(roll.source(0, 300), plain_source, atol=2e-5)
            np.testing.assert_array_equal(roll.roll(100, 50), roll.roll(0, 300)[100:150])
            np.testing.assert_allclose(roll.source(100, 50), roll.source(0, 300)[100 * HOP:150 * HOP], atol=1e-6)

    def test_events_wait_for_the_next_frame(self):
        self.assertEqual([e.frame for e in events_of([(0.0, 0.004, 60, 90), (0.0041, 1.0, 61, 90)], [])], [0, 1, 2, 250])

    def test_nothing_is_known_before_its_event(self):
        events = events_of([(0.0, 1.0, 60, 90), (0.5, 1.0, 64, 90)], [])
        early = NoteRoll(events[:1], 250)
        late = NoteRoll(events, 250)
        np.testing.assert_array_equal(early.roll(0, 125), late.roll(0, 125))
        np.testing.assert_array_equal(early.source(0, 125), late.source(0, 125))


class MusicTest(unittest.TestCase):
    def test_passages_are_playable(self):
        piece = Performance("scale", np.array([(t * 0.25, t * 0.25 + 0.3, 50 + t % 20, 70) for t in range(80)], float),
                            np.array([(1.0, 127), (2.0, 0)], float))
        composer = Composer([piece], np.random.default_rng(1))
        for _ in range(200):
            notes, pedals = composer.passage(2.0)
            for on, off, pitch, velocity in notes:
                self.assertTrue(0.0 <= on < off and LOWEST_PITCH <= pitch < LOWEST_PITCH + NUM_KEYS and 1 <= velocity <= 127)
            self.assertTrue(all(0.0 <= time for time, _ in pedals))

    def test_overlaps_are_cut(self):
        notes = without_overlaps([(0.0, 2.0, 60, 90), (1.0, 3.0, 60, 80), (1.0, 3.0, 61, 80)])
        self.assertEqual(notes, [(0.0, 0.99, 60, 90), (1.0, 3.0, 60, 80), (1.0, 3.0, 61, 80)])

    def test_midi_files_keep_a_performance(self):
        notes, pedals = [(0.1, 0.5, 60, 90), (0.5, 0.9, 60, 40), (0.3, 1.2, 72, 100)], [(0.2, 127), (0.8, 0)]
        with tempfile.TemporaryDirectory() as folder:
            write_performance(Path(folder) / "a.mid", notes, pedals, 2.0)
            again, pedals_again = read_performance(Path(folder) / "a.mid")
        np.testing.assert_allclose(again, sorted(notes), atol=1e-6)
        np.testing.assert_allclose(pedals_again, pedals, atol=1e-6)


@unittest.skipUnless(shutil.which("fluidsynth") and Path(DEFAULT_SOUND_FONT).exists(), "fluidsynth and FluidR3 are not installed")
class NoteBankTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = NoteBank(Path(DEFAULT_SOUND_FONT))

    def test_sum_of_tones_is_what_fluidsynth_plays(self):
        grid = lambda time_s: math.ceil(time_s * FRAME_RATE_HZ) / FRAME_RATE_HZ
        notes = [(grid(on), grid(off), pitch, velocity) for on, off, pitch, velocity in
                 ((0.1, 0.5, 60, 90), (0.3, 0.4, 64, 50), (0.5, 1.5, 48, 110), (0.8, 1.0, 60, 70), (1.2, 1.3, 72, 80), (1.4, 2.0, 72, 80))]
        pedals = [(grid(0.6), 127), (grid(1.6), 0)]
        with tempfile.TemporaryDirectory() as folder:
            write_performance(Path(folder) / "a.mid", notes, pedals, 3.0)
            played = render_midi(Path(folder) / "a.mid", Path(DEFAULT_SOUND_FONT), FELT_HZ)
        summed = self.bank.render(NoteRoll(events_of(notes, pedals), 600).strikes, 0, 600)[:played.size]
        error = summed - played[:summed.size]
        self.assertLess(float((error**2).mean() / (summed**2).mean()), 0.02)

    def test_crops_repeat_and_begin_in_silence(self):
        sampler, again = (NoteSampler([], self.bank, 4.0, 3, 0.5) for _ in range(2))
        first, second = sampler.batch(4, 4096), again.batch(4, 4096)
        np.testing.assert_array_equal(first.targets, second.targets)
        self.assertEqual(first.cond["roll"].shape, (4, 4096 // HOP, 2 * NUM_KEYS + 2))
        self.assertEqual(first.cond["source"].shape, (4, 4096, 2 * PARTIALS))
        self.assertTrue((first.inputs[:, 1:] == first.targets[:, :-1]).all())

    def test_windows_of_a_passage_are_parts_of_it(self):
        notes, pedals = passages(3, 2.0)[2]
        roll = NoteRoll(events_of(notes, pedals), 400)
        whole, _ = render_frames(roll, self.bank, 4.0, 0, 400)
        part, _ = render_frames(roll, self.bank, 4.0, 200, 100)
        np.testing.assert_array_equal(part, whole[200 * HOP:300 * HOP])


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
