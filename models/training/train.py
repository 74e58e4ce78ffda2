#!/usr/bin/env python3
"""Train a SaShiMi model and write it as a bundle. README.md has the commands."""

import argparse
import csv
import json
import sys
import time
from pathlib import Path
from typing import Callable

import torch

from batch_workers import BatchWorkers
from bundle import write_bundle
from data import cache_root
from publish import provenance
from sounds import load_sounds
from trainer import Limits, Trainer, keep_freed_memory
from watchdog import watchdog_limits

OWN_SOUNDS = "configs/own-sounds.json"  # the recipe behind --data


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--config", type=Path, help="a recipe, e.g. configs/shore.json")
    what.add_argument("--data", type=Path, help="a folder of WAV or FLAC files of your own")
    parser.add_argument("--name", help="the bundle's name, kebab-case (with --data)")
    parser.add_argument("--out", type=Path, help="write the best weights so far here as a bundle")
    parser.add_argument("--minutes", type=float, help="length of the run, earlier ones included")
    parser.add_argument("--samples", type=int, help="the same by samples seen: repeatable")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--init", type=Path, metavar="BUNDLE", help="begin with this bundle's weights")
    parser.add_argument("--learning-rate-scale", type=float, default=1.0, metavar="FACTOR",
                        help="times both learning rates of the recipe (0.5 suits --init)")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    parser.add_argument("--workers", type=int, default=0, metavar="N",
                        help="make the batches ahead in N processes, each with a seed of its own")
    parser.add_argument("--batch-scale", type=int, default=1, metavar="K", help="batches K times the recipe's")
    parser.add_argument("--eager", action="store_true", help="on a card: do not record the step as a CUDA graph")
    parser.add_argument("--measure-minutes", type=float, default=5.0, help="between checkpoints")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    if args.data and not args.name:
        parser.error("--data needs --name")
    if not (args.minutes or args.samples):
        parser.error("say how long: --minutes or --samples")
    return args


def recipe_file(args: argparse.Namespace) -> Path:
    return args.config or Path(__file__).resolve().parent / OWN_SOUNDS


def load_recipe(args: argparse.Namespace) -> dict:
    recipe = json.loads(recipe_file(args).read_text())
    if args.data:
        recipe["name"], recipe["title"] = args.name, args.name
        recipe["data"]["folder"] = str(args.data.resolve())
    if args.seed is not None:
        recipe["training"]["seed"] = args.seed
    for rate in ("learningRate", "ssmLearningRate"):
        recipe["training"][rate] *= args.learning_rate_scale
    for stage in recipe["training"]["stages"]:
        stage["batch"] *= args.batch_scale
    return recipe


def make_reporter() -> Callable[[str], None]:
    """On a terminal the progress stays on one line; in a pipe each is a line with the time."""
    live = sys.stdout.isatty()

    def say(text: str) -> None:
        if live and text.startswith("step"):
            print(f"\r{text:<100}", end="", flush=True)
        else:
            print(("\n" if live else time.strftime("%H:%M:%S ")) + text, flush=True)
    return say


def write_history(path: Path, history: list) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("step", "samples", "seconds", "train_bits", "held_out_bits"))
        writer.writerows((a, b, f"{c:.0f}", f"{d:.4f}", f"{e:.4f}") for a, b, c, d, e in history)


def draw_loss_if_possible(path: Path, history: list) -> None:
    """A picture of the curve where there is matplotlib; a bare GPU machine may have none."""
    try:
        from figures import draw_loss
    except ImportError:
        return
    draw_loss(path, history, {})


def main() -> int:
    args = parse_arguments()
    recipe = load_recipe(args)
    folder = cache_root() / recipe["name"]
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    keep_freed_memory()
    say = make_reporter()
    try:
        sampler, windows = load_sounds(recipe)
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    source = BatchWorkers(sampler, args.workers, recipe["training"]["seed"], recipe["training"]["stages"]) if args.workers else sampler
    trainer = Trainer(recipe, source, windows, folder, torch.device(args.device), say, not args.eager)
    if args.resume and (folder / "last.pt").exists():
        trainer.load(folder / "last.pt")
    elif args.init:
        try:
            trainer.start_from(args.init)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    count = sum(p.numel() for p in trainer.model.parameters())
    say(f"{recipe['name']}: {count} parameters, {len(windows)} held-out windows, "
        f"{args.device}, from step {trainer.step}")

    def on_measure(current: Trainer, better: bool) -> None:
        write_history(folder / "loss.csv", current.history)
        draw_loss_if_possible(folder / "loss.png", current.history)
        if args.out and better:
            facts = provenance(recipe, recipe_file(args), vars(current))
            write_bundle(args.out, current.ema, recipe, facts, watchdog_limits(current.ema, sampler, recipe))
            say(f"wrote {args.out}")

    trainer.run(Limits(args.minutes, args.samples), args.measure_minutes, on_measure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
