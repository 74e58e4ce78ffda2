#!/usr/bin/env python3
"""Tests of what lets a card train at its own pace; no data and no card needed, some seconds:  python3 test_workers.py"""

import argparse
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from batch_workers import SLOTS, BatchWorkers
from check_recording import RandomSampler, trained
from data import ConditionedSampler
from pack_corpora import packed, unpacked
from train import load_recipe
from trainer import Trainer, load_optimizer, make_optimizer
from word_data import WordParts, read_parts, save_parts

STAGES = [{"from": 0.0, "batch": 3, "length": 256}, {"from": 0.5, "batch": 2, "length": 512}]
RECIPE = {"name": "steps", "model": {"dModel": 8, "numLayers": 1, "pool": [4, 4], "conjugatePairs": 4,
                                     "conditioning": [{"name": "rows", "dim": 3, "rateHz": 250}]},
          "training": {"seed": 3, "learningRate": 0.004, "ssmLearningRate": 0.001, "weightDecay": 0.0, "warmupSteps": 2,
                       "hold": 0.5, "clipNorm": 1.0, "emaDecay": 0.9, "stages": STAGES}}


class StepSampler(ConditionedSampler):
    """Ids that count up from a random one, and rows that say which it was; fails on lengths of 1024."""

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        if length == 1024:
            raise RuntimeError("asked to fail")
        first = int(self.rng.integers(256))
        return (first + np.arange(length)) % 256, {"rows": np.full((length // 64, 3), first / 256, np.float32)}


def make_workers(count: int = 2) -> BatchWorkers:
    return BatchWorkers(StepSampler(1, 0.5), count, 7, STAGES)


class BatchWorkersTest(unittest.TestCase):
    def test_the_same_batches_again_and_none_twice(self):
        kept = []
        for _ in range(2):
            workers = make_workers()
            kept.append([workers.batch(3, 256).targets.copy() for _ in range(4 * SLOTS)])
            workers.close()
        self.assertTrue(all((a == b).all() for a, b in zip(*kept)))
        self.assertEqual(len({a.tobytes() for a in kept[0]}), 4 * SLOTS)

    def test_batches_are_whole(self):
        workers = make_workers()
        inputs, targets, cond, is_dropped = workers.batch(3, 256)
        self.assertEqual((inputs.dtype, targets.dtype, cond["rows"].dtype), (np.uint8, np.uint8, np.float16))
        self.assertTrue((inputs[:, 1:] == targets[:, :-1]).all() and (inputs[:, 0] == 128).all())
        self.assertTrue((cond["rows"][:, 0, 0] == targets[:, 0] / np.float16(256)).all())
        self.assertEqual(is_dropped.shape, (3,))
        workers.close()

    def test_a_change_of_stage_comes_after_what_was_ordered(self):
        workers = make_workers()
        workers.batch(3, 256)
        shapes = [workers.batch(2, 512).targets.shape for _ in range(2 * SLOTS + 2)]
        self.assertEqual(shapes, [(3, 256)] * (2 * SLOTS - 1) + [(2, 512)] * 3)
        workers.close()

    def test_a_dead_process_is_told(self):
        workers = make_workers(1)
        with self.assertRaisesRegex(ChildProcessError, "process 0"):
            for _ in range(2 * SLOTS):
                workers.batch(1, 1024)
        workers.close()

    def test_a_trainer_takes_them_for_a_sampler(self):
        workers = make_workers()
        trainer = Trainer(RECIPE, workers, [], Path("."), torch.device("cpu"))
        losses = [float(trainer.train_step(0.6)[0]) for _ in range(2 * SLOTS + 3)]
        workers.close()
        self.assertTrue(np.isfinite(losses).all())
        self.assertEqual(trainer.model.embedding.weight.grad.shape, (256, 8))


class RecipeTest(unittest.TestCase):
    def test_batches_are_scaled(self):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "recipe.json"
            path.write_text(json.dumps(RECIPE))
            args = argparse.Namespace(config=path, data=None, seed=None, learning_rate_scale=1.0, batch_scale=4)
            self.assertEqual([stage["batch"] for stage in load_recipe(args)["training"]["stages"]], [12, 8])


class OptimizerTest(unittest.TestCase):
    def test_memory_from_a_card_goes_on_here(self):
        sampler = RandomSampler(RECIPE["model"], 3, 256)
        trainer = Trainer(RECIPE, sampler, [], Path("."), torch.device("cpu"))
        trainer.train_step(0.0)
        state = trainer.optimizer.state_dict()
        for group in state["param_groups"]:
            group.update(lr=torch.tensor(0.5), fused=True, capturable=True)
        optimizer = make_optimizer(trainer.model, RECIPE["training"])
        load_optimizer(optimizer, state)
        self.assertEqual([(group["lr"], group["capturable"]) for group in optimizer.param_groups], [(0.004, False)] * 2)
        first = optimizer.param_groups[0]["params"][0]
        self.assertTrue(torch.equal(optimizer.state[first]["exp_avg"], trainer.optimizer.state[first]["exp_avg"]))
        optimizer.step()


class RecordingTest(unittest.TestCase):
    def test_without_a_card_both_are_the_same(self):
        device = torch.device("cpu")
        self.assertEqual(trained(RECIPE, device, False), trained(RECIPE, device, True))


class PackedTest(unittest.TestCase):
    def test_cepstra_lose_a_hundredth_and_the_rest_nothing(self):
        rng = np.random.default_rng(1)
        arrays = {"cepstra": rng.normal(-10.0, 8.0, (50, 4)).astype(np.float16), "text": np.array(["a", "bc"]), "rows": np.arange(3)}
        again = unpacked(packed(arrays))
        self.assertEqual(sorted(again), sorted(arrays))
        self.assertLess(float(np.abs(again["cepstra"].astype(float) - arrays["cepstra"]).max()), 0.021)
        self.assertTrue((again["text"] == arrays["text"]).all() and (again["rows"] == arrays["rows"]).all())

    def test_word_parts_are_kept(self):
        parts = [WordParts(word, np.full((5 + word, 80), word / 4, np.float32), np.ones(5 + word)) for word in range(3)]
        with tempfile.TemporaryDirectory() as name:
            save_parts(Path(name) / "parts.npz", parts[:2], parts[2:])
            train, held = read_parts(Path(name) / "parts.npz")
        self.assertEqual([p.word for p in [*train, *held]], [0, 1, 2])
        self.assertEqual((len(train), held[0].cepstra.shape), (2, (7, 80)))
        self.assertTrue((train[1].cepstra == 0.25).all())


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main()
