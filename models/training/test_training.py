#!/usr/bin/env python3
"""Tests of the recipe; no data needed, about ten seconds:  python3 test_training.py"""

import json
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from scipy.io import wavfile

from bundle import bundle_tensors, safetensors_bytes, write_bundle
from data import Coding, CropSampler, decode_mu_law, encode_mu_law, held_out_windows, load_clips, read_audio, shift
from generate import generate
from metrics import frechet_distance, linear_predictor_bits
from sashimi import S4D, Sashimi, SashimiConfig
from trainer import Limits, Trainer, learning_rate_factor
from warm_start import load_bundle_weights

SMALL = SashimiConfig(d_model=8, num_layers=3, pool=(2, 4), conjugate_pairs=4, num_ssm=4)


def noise_recipe(folder: Path) -> dict:
    """A recipe over two seconds of noise, written into `folder`."""
    rng = np.random.default_rng(0)
    wavfile.write(folder / "noise.wav", 16000, (rng.normal(size=32000) * 3000).astype(np.int16))
    training = {"seed": 3, "learningRate": 0.004, "ssmLearningRate": 0.001, "weightDecay": 0.0,
                "warmupSteps": 2, "hold": 0.5, "clipNorm": 1.0, "emaDecay": 0.9,
                "flipPolarity": True, "gainJitterDb": 1.0,
                "stages": [{"from": 0.0, "batch": 2, "length": 256}, {"from": 0.5, "batch": 1, "length": 512}]}
    return {"name": "noise", "title": "Noise", "description": "Noise.", "licence": "CC0-1.0",
            "data": {"folder": str(folder), "level": {"peakDb": -6}, "heldOut": {"tail": 0.25}},
            "model": {"dModel": 8, "numLayers": 1, "pool": [4, 4], "conjugatePairs": 4},
            "training": training, "sampling": {"temperature": 1.0, "topP": 0.9, "topK": 0}}


class ModelTest(unittest.TestCase):
    def test_step_equals_convolution(self):
        torch.manual_seed(1)
        model = Sashimi(SMALL).double()
        ids = torch.randint(0, 256, (2, 64))
        model.prepare_step()
        state = model.initial_state(2)
        with torch.no_grad():
            steps = torch.stack([model.step(ids[:, t], state) for t in range(64)], dim=1)
            difference = float((steps - model(ids)).abs().max())
        self.assertLess(difference, 1e-12)

    def test_nothing_is_heard_before_it_happens(self):
        torch.manual_seed(2)
        model = Sashimi(SMALL).double()
        ids = torch.randint(0, 256, (1, 64))
        changed = ids.clone()
        changed[0, 37] = (ids[0, 37] + 128) % 256
        with torch.no_grad():
            difference = (model(ids) - model(changed)).abs().amax(-1)[0]
        self.assertLess(float(difference[:37].max()), 1e-12)
        self.assertGreater(float(difference[37:].min()), 1e-12)

    def test_kernel_is_the_sum_of_exponentials(self):
        torch.manual_seed(3)
        layer = S4D(8, SMALL).double()
        log_pole, c = (torch.view_as_complex(x.contiguous()) for x in layer.coefficients())
        times = torch.arange(200)
        direct = (c[..., None] * torch.exp(log_pole[..., None] * times)).real.sum(1)
        direct[:, 0] += layer.D
        self.assertLess(float((layer.kernel(200) - direct).abs().max()), 1e-12)


class DataTest(unittest.TestCase):
    def test_mu_law(self):
        self.assertEqual([float(decode_mu_law(np.array(i))) for i in (128, 0)], [0.0, -1.0])
        ramp = np.linspace(-1.0, 1.0, 10001)
        error = np.abs(decode_mu_law(encode_mu_law(ramp)) - ramp)
        self.assertLess(float((error / (np.abs(ramp) + 1.0 / 255.0)).max()), 0.05)

    def test_emphasis_takes_the_noise_of_the_quantiser_from_what_is_high(self):
        time = np.arange(16000)
        sound = 0.3 * np.sin(0.05 * time)
        rng = np.random.default_rng(2)

        def high_noise(coding: Coding) -> float:
            return float(np.square(np.diff(coding.decode(coding.encode(sound, rng)) - sound, 2)).sum())

        self.assertLess(high_noise(Coding(0.0, 0.85)), 0.1 * high_noise(Coding()))
        ids = Coding(0.0, 0.85).encode(sound, rng)
        self.assertLess(float(np.abs(Coding(0.0, 0.85).decode(ids) - sound).max()), 0.05)
        self.assertEqual(Coding().decode(ids).tolist(), decode_mu_law(ids).tolist())

    def test_level_held_out_and_shift(self):
        with tempfile.TemporaryDirectory() as name:
            clips = load_clips(noise_recipe(Path(name))["data"])
        clip = clips[0]
        self.assertEqual((clip.train.size, clip.held_out.size), (24000, 8000))
        whole = np.concatenate((clip.training_samples(), clip.held_out_samples()))
        self.assertAlmostEqual(float(np.abs(whole).max()), 10 ** (-6 / 20), places=4)
        self.assertEqual(len(held_out_windows(clips, 1000, 100)), 8)
        self.assertEqual(shift(np.array([[7, 8, 9]])).tolist(), [[128, 7, 8]])
        inputs, targets, _, _ = CropSampler(clips, seed=1).batch(3, 100)
        self.assertTrue((inputs[:, 1:] == targets[:, :-1]).all())

    def test_unreadable_audio_is_named(self):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "broken.wav"
            path.write_bytes(b"not audio")
            with self.assertRaisesRegex(ValueError, "broken.wav"):
                read_audio(path)


class TrainerTest(unittest.TestCase):
    def make(self, folder: Path) -> Trainer:
        recipe = noise_recipe(folder)
        clips = load_clips(recipe["data"])
        sampler = CropSampler(clips, 3, 1.0, True)
        return Trainer(recipe, sampler, held_out_windows(clips, 512, 4), folder, torch.device("cpu"), lambda _: None)

    def test_resumed_run_equals_an_unbroken_one(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            whole = self.make(folder)
            for _ in range(6):
                whole.train_step(0.0)
            first = self.make(folder)
            for _ in range(3):
                first.train_step(0.0)
            first.save(folder / "x.pt")
            second = self.make(folder)
            second.load(folder / "x.pt")
            for _ in range(3):
                second.train_step(0.0)
            for a, b in zip(whole.model.parameters(), second.model.parameters()):
                self.assertTrue(torch.equal(a, b))

    def test_run_measures_and_stops(self):
        with tempfile.TemporaryDirectory() as name:
            trainer = self.make(Path(name))
            trainer.run(Limits(samples=5000), measure_minutes=10.0, on_measure=lambda *_: None)
            self.assertGreaterEqual(trainer.samples, 5000)
            self.assertTrue((Path(name) / "best.pt").exists())
            self.assertLess(trainer.history[-1][4], 8.5)

    def test_learning_rate(self):
        self.assertAlmostEqual(learning_rate_factor(0, 0.0, 10, 0.3), 0.1)
        self.assertAlmostEqual(learning_rate_factor(100, 0.2, 10, 0.3), 1.0)
        self.assertAlmostEqual(learning_rate_factor(100, 1.0, 10, 0.3), 0.01)


class BundleTest(unittest.TestCase):
    def test_files_agree(self):
        model = Sashimi(SMALL)
        with tempfile.TemporaryDirectory() as name:
            recipe = {**noise_recipe(Path(name)), "name": "small"}
            write_bundle(Path(name) / "small", model, recipe, {"source": "test"})
            manifest = json.loads((Path(name) / "small" / "model.json").read_text())
            blob = (Path(name) / "small" / "weights.safetensors").read_bytes()
        self.assertEqual(manifest["weights"]["bytes"], len(blob))
        size = struct.unpack("<Q", blob[:8])[0]
        header = json.loads(blob[8:8 + size])
        self.assertEqual(header["blocks.center.2.s4.ssm.a"]["shape"], [32, 4, 2])
        self.assertEqual(max(entry["data_offsets"][1] for entry in header.values()) + 8 + size, len(blob))
        self.assertEqual(sum(t.nbytes for t in bundle_tensors(model).values()) + 8 + size, len(blob))
        self.assertEqual(size % 8, 0)

    def test_safetensors_of_one_tensor(self):
        blob = safetensors_bytes({"x": np.array([1.0, 2.0], np.float32)})
        self.assertEqual(blob[-8:], struct.pack("<ff", 1.0, 2.0))


class WarmStartTest(unittest.TestCase):
    def write(self, folder: Path, model: Sashimi) -> Path:
        recipe = {**noise_recipe(folder), "name": "small"}
        write_bundle(folder / "small", model, recipe, {"source": "test", "samplesSeen": 7})
        return folder / "small"

    def test_bundle_gives_back_the_logits(self):
        torch.manual_seed(4)
        model, other = Sashimi(SMALL), Sashimi(SMALL)
        ids = torch.randint(0, 256, (2, 64))
        with tempfile.TemporaryDirectory() as name:
            source = load_bundle_weights(other, self.write(Path(name), model))
        self.assertEqual((source["name"], source["samplesSeen"]), ("small", 7))
        with torch.no_grad():
            self.assertTrue(torch.equal(model(ids), other(ids)))

    def test_another_architecture_is_refused_and_changes_nothing(self):
        other = Sashimi(SashimiConfig(d_model=8, num_layers=2, pool=(2, 4), conjugate_pairs=4, num_ssm=4))
        before = other.decoder.weight.clone()
        with tempfile.TemporaryDirectory() as name:
            folder = self.write(Path(name), Sashimi(SMALL))
            with self.assertRaisesRegex(ValueError, "numLayers: 3 in the bundle, 2 in the recipe"):
                load_bundle_weights(other, folder)
            with self.assertRaisesRegex(ValueError, "no bundle"):
                load_bundle_weights(other, folder / "nothing")
        self.assertTrue(torch.equal(before, other.decoder.weight))

    def test_run_starts_with_model_average_and_its_measure(self):
        with tempfile.TemporaryDirectory() as name:
            recipe = noise_recipe(Path(name))
            clips = load_clips(recipe["data"])
            windows = held_out_windows(clips, 512, 4)
            sampler = CropSampler(clips, 3)
            trainer, source = (Trainer(json.loads(json.dumps(recipe)), sampler, windows, Path(name),
                                       torch.device("cpu"), lambda _: None) for _ in range(2))
            source.train_step(0.0)
            trainer.start_from(self.write(Path(name), source.ema))
        for a, b, c in zip(source.ema.parameters(), trainer.model.parameters(), trainer.ema.parameters()):
            self.assertTrue(torch.equal(a, b) and torch.equal(a, c))
        self.assertLess(trainer.best_bits, 9.0)
        trainer.train_step(0.0)
        self.assertGreater(float((trainer.ema.decoder.weight - trainer.model.decoder.weight).abs().max()), 0.0)


class MetricsTest(unittest.TestCase):
    def test_linear_prediction_knows_a_sine_and_not_noise(self):
        time = np.arange(16384)
        sine = encode_mu_law(0.5 * np.sin(0.1 * time))
        noise = encode_mu_law(np.random.default_rng(1).uniform(-1, 1, 16384))
        self.assertLess(linear_predictor_bits(sine), 3.5)
        self.assertGreater(linear_predictor_bits(noise), 6.5)

    def test_frechet_distance(self):
        rng = np.random.default_rng(1)
        noise, more = rng.normal(size=(2, 64000)) * 0.1
        self.assertAlmostEqual(frechet_distance(noise, noise), 0.0, places=3)
        self.assertLess(frechet_distance(noise, more), 3.0)
        self.assertGreater(frechet_distance(noise, 0.5 * noise), 40.0)  # 40 bands, 6 dB: 40 ln(4)^2

    def test_generation_is_seeded(self):
        model = Sashimi(SMALL)
        sampling = {"temperature": 0.9, "topP": 0.9, "topK": 0}
        first, again = (generate(model, 0.01, 2, 5, sampling) for _ in range(2))
        self.assertEqual(first.shape, (2, 160))
        self.assertTrue((first == again).all())


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
