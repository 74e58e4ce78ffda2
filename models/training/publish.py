#!/usr/bin/env python3
"""Write a checkpoint's averaged weights as a bundle, with its loss curve.

    python3 publish.py --config configs/shore.json --out ../zoo/shore

train.py does the same at every better measurement when it is given --out; this is for
checkpoints that are there already, and while another process trains.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from bundle import write_bundle
from data import cache_root
from sashimi import Sashimi
from sounds import load_sounds
from trainer import load_state, model_config
from watchdog import watchdog_limits


def provenance(recipe: dict, recipe_file: Path, checkpoint: dict) -> dict:
    """Flat strings and numbers for model.json, the units in the names."""
    heldout = checkpoint["history"][-1][4] if checkpoint["history"] else float("nan")
    facts = {
        "source": "models/training/train.py",
        "data": recipe["data"].get("about") or recipe["data"]["folder"],
        "recipe": f"models/training/configs/{recipe_file.name}",
        "seed": recipe["training"]["seed"],
        "steps": checkpoint["step"],
        "samplesSeen": checkpoint["samples"],
        "trainingHours": round(checkpoint["seconds"] / 3600.0, 2),
    }
    init = checkpoint["recipe"].get("init")
    if init:  # steps, samples and hours above are those of this run alone
        facts["initialWeights"] = f"bundle {init['name']}, sha256 {init['sha256'][:16]}"
        facts["initialSamplesSeen"] = init["samplesSeen"]
    if heldout == heldout:  # no held-out part, no number
        facts["heldOutBitsPerSample"] = round(heldout, 4)
    return facts


def averaged_model(checkpoint: dict) -> Sashimi:
    """The model with the moving average of the weights, ready to measure."""
    model = Sashimi(model_config(checkpoint["recipe"]["model"]))
    model.load_state_dict(checkpoint["ema"])
    return model.eval()


def load_checkpoint(name: str, which: str) -> dict:
    return load_state(cache_root() / name / f"{which}.pt", "cpu")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoint", choices=("best", "last"), default="best")
    args = parser.parse_args()
    recipe = json.loads(args.config.read_text())
    checkpoint = load_checkpoint(recipe["name"], args.checkpoint)
    facts = provenance(recipe, args.config, checkpoint)
    model = averaged_model(checkpoint)
    sampler, _ = load_sounds(recipe)
    write_bundle(args.out, model, recipe, facts, watchdog_limits(model, sampler, recipe))
    print(f"{args.out}: {json.dumps(facts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
