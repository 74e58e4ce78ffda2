#!/usr/bin/env python3
"""Measure a checkpoint on what it never heard, and draw its card's pictures.

    python3 measure.py --config configs/shore.json --out ../zoo/shore

Prints, and writes to .cache/training/NAME/measured.json:
- bits per sample on the held-out audio, beside two simple predictors on the same windows
  (and, of a conditioned model, without its conditioning);
- the log-mel Frechet distance between generated and real sound, beside what two halves of
  the real sound, and a different texture, measure;
- the level of a long generation, so that one that wanders is seen.
Writes loss.png and spectrogram.png into --out. Of a conditioned model the engine measures the
sound (`sashimi eval notes`, `texture`, `words`, `voice`, each with --out DIR); give its files with --generated for the
spectrogram.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Iterable

import numpy as np
import torch

from data import Clip, Window, cache_root, encode_mu_law, decode_mu_law, held_out_windows, load_clips, read_audio
from figures import draw_loss, draw_spectrograms
from generate import generate
from metrics import bigram_bits, bigram_table, frechet_distance, level_curve_db, linear_predictor_bits
from publish import averaged_model, load_checkpoint
from sounds import load_sounds
from trainer import held_out_bits

WINDOW = 32768  # samples per held-out window; model and baselines begin each one cold
MAX_WINDOWS = 64
MOST_PER_CLIP = 60 * 16000  # samples of each whole piece in the Frechet distance
PICTURE_SECONDS = 10.0


def measure_bits(model: torch.nn.Module, windows: list[Window], training_ids: Iterable[np.ndarray]) -> dict:
    """Bits per sample, weighted as the clips are sampled: the model, and both baselines."""
    table = bigram_table(training_ids)
    names = np.array([window.name for window in windows])
    weights = np.array([window.weight for window in windows])
    bits = {
        "model": np.array([held_out_bits(model, [window], torch.device("cpu")) for window in windows]),
        "linear32": np.array([linear_predictor_bits(window.ids) for window in windows]),
        "bigram": np.array([bigram_bits(table, window.ids) for window in windows]),
    }
    result: dict = {who: float(np.average(values, weights=weights)) for who, values in bits.items()}
    if any(window.cond for window in windows):
        dropped = [held_out_bits(model, [window._replace(cond={})], torch.device("cpu")) for window in windows]
        result["modelWithoutConditioning"] = float(np.average(dropped, weights=weights))
    result["windows"] = len(windows)
    result["byClip"] = {name: {who: float(values[names == name].mean()) for who, values in bits.items()}
                        for name in dict.fromkeys(names.tolist())}
    return result


def quantised(samples: np.ndarray) -> np.ndarray:
    """What a perfect model would give: the real sound through the 8-bit quantiser."""
    return decode_mu_law(encode_mu_law(samples))


def sound_groups(clips: list[Clip]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(training, held-out) sound to compare with, quantised: each texture by itself, but
    the first minute of each piece, where whole pieces are held out."""
    if all(clip.train.size and clip.held_out.size for clip in clips):
        return {clip.name: (quantised(clip.training_samples()), quantised(clip.held_out_samples())) for clip in clips}
    train = [clip.training_samples()[:MOST_PER_CLIP] for clip in clips if clip.train.size]
    held = [clip.held_out_samples()[:MOST_PER_CLIP] for clip in clips if clip.held_out.size]
    return {"all": (quantised(np.concatenate(train)), quantised(np.concatenate(held)))} if held else {}


def measure_distance(generated: list[np.ndarray], clips: list[Clip]) -> dict:
    """Log-mel Frechet distances of the generated sounds to the real ones, with yardsticks."""
    groups = sound_groups(clips)
    result = {}
    for name, (train, held) in groups.items():
        whole = np.concatenate((train, held))
        half = whole.size // 2
        result[name] = {
            "generated": [frechet_distance(sound, whole) for sound in generated],
            "generatedToHeldOut": [frechet_distance(sound, held) for sound in generated],
            "halvesOfTheReal": frechet_distance(whole[:half], whole[half:]),
            "trainToHeldOut": frechet_distance(train, held),
            "others": {other: frechet_distance(sound, whole) for other, (sound, _) in groups.items() if other != name},
        }
    return result


def measure_conditioned(args: argparse.Namespace, recipe: dict, checkpoint: dict) -> dict:
    """Bits of a conditioned model. How well it does what it is told is measured by the engine: `sashimi eval`."""
    sampler, windows = load_sounds(recipe, WINDOW, MAX_WINDOWS)
    training_ids = [sampler.crop(WINDOW)[0] for _ in range(MAX_WINDOWS)]
    bits = measure_bits(averaged_model(checkpoint), windows, training_ids)
    if args.generated:
        sounds = {path.stem: read_audio(path) for path in args.generated}
        draw_spectrograms(args.out / "spectrogram.png",
                          {name: sound[:int(PICTURE_SECONDS * 16000)] for name, sound in sounds.items()},
                          recipe.get("pictureTopHz", 8000.0))
    return {"bits": bits}


def measure_sounds(args: argparse.Namespace, recipe: dict, checkpoint: dict) -> dict:
    """Bits, distances and levels of an unconditional model, and its spectrogram."""
    model, clips = averaged_model(checkpoint), load_clips(recipe["data"])
    training_ids = (encode_mu_law(clip.training_samples()) for clip in clips if clip.train.size)
    result: dict = {"bits": measure_bits(model, held_out_windows(clips, WINDOW, MAX_WINDOWS), training_ids)}
    if args.generated:
        sounds = [read_audio(path) for path in args.generated]
    else:
        sounds = list(generate(model, args.seconds, args.voices, args.seed, recipe["sampling"]))
    result["levelDb"] = [[round(float(db), 1) for db in level_curve_db(sound)] for sound in sounds]
    result["frechet"] = measure_distance(sounds, clips)
    real = next((clip for clip in clips if clip.held_out.size), clips[0])
    real_sound = real.held_out_samples() if real.held_out.size else real.training_samples()
    length = int(PICTURE_SECONDS * 16000)
    draw_spectrograms(args.out / "spectrogram.png",
                      {"generated, from the start token": sounds[0][:length],
                       f"real, held out: {real.name}": quantised(real_sound[:length])},
                      recipe.get("pictureTopHz", 8000.0))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--checkpoint", choices=("best", "last"), default="best")
    parser.add_argument("--generated", type=Path, nargs="*", default=[],
                        help="WAV files the engine rendered from these weights, instead of generating here; "
                             "of a conditioned model: for the spectrogram, one panel each")
    parser.add_argument("--seconds", type=float, default=PICTURE_SECONDS, help="to generate per voice")
    parser.add_argument("--voices", type=int, default=3, help="how many to generate at once")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    recipe = json.loads(args.config.read_text())
    checkpoint = load_checkpoint(recipe["name"], args.checkpoint)
    measure = measure_conditioned if recipe["model"].get("conditioning") else measure_sounds
    result = {"samples": checkpoint["samples"], "steps": checkpoint["step"],
              "hours": checkpoint["seconds"] / 3600.0, **measure(args, recipe, checkpoint)}
    bits = result["bits"]
    draw_loss(args.out / "loss.png", checkpoint["history"],
              {"sample before (order 1)": bits["bigram"], "linear prediction, order 32": bits["linear32"]})
    text = json.dumps(result, indent=2)
    (cache_root() / recipe["name"] / "measured.json").write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
