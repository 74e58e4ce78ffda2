#!/usr/bin/env python3
"""Train the classifier by which `sashimi eval words` hears a model, and write what it needs.

    python3 train_classifier.py --config configs/words.json --out ../eval/words

classifier.onnx: frames (N, 72, 40), the log-mel frames of metrics.py of 1.2 s of sound, to
logits (N, words) and features (N, 64), what the last layer sees. statistics.json: labels, mean
and covariance of the features of the training clips, their mean probabilities, and the accuracy on
the speakers that are held out, of whom nothing is learned but one temperature. It never sees what a
model made. A quarter of an hour of a busy core.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

from data import CHECKOUT, SAMPLE_RATE_HZ, decode_mu_law, encode_mu_law
from metrics import MEL_BANDS, MEL_FLOOR, MEL_HOP, MEL_WINDOW, log_mel_frames, mel_filters
from word_data import Spoken, load_words
from word_steps import HOP

SECONDS = 1.2
NUM_SAMPLES = round(SECONDS * SAMPLE_RATE_HZ)
START_SAMPLE = 8 * HOP  # of the word
NUM_FRAMES = (NUM_SAMPLES - MEL_WINDOW) // MEL_HOP + 1
NUM_FEATURES = 64
BATCH = 64
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.02
DROPOUT = 0.2
MOST_SHIFT_S = 0.12  # of a training clip, later than START_SAMPLE
GAIN_DB = 6.0
NOISE_DB = (-55.0, -28.0)  # dB full scale, drawn per clip; clips are at -20
QUIET_SHARE = 0.3  # of clips without noise
SPEED = 0.1  # how much slower or faster, and so lower or higher, at most
MASK_BANDS, MASK_FRAMES = 6, 10  # at most, hidden from one look
TEMPERATURES = np.geomspace(0.5, 5.0, 93)  # tried for the logits


class Classifier(nn.Module):
    """Log-mel frames (N, NUM_FRAMES, MEL_BANDS) to logits (N, words) and features (N, NUM_FEATURES)."""

    def __init__(self, num_words: int, mean: float, deviation: float):
        super().__init__()
        self.mean, self.deviation = mean, deviation
        widths = (1, 16, 32, 48, 64)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        # Of time nine places are left, of pitch five; a filter for each pitch says which order they come in.
        self.order = nn.Conv1d(64 * 2, NUM_FEATURES, 5, padding=2, bias=False)
        self.order_norm = nn.BatchNorm1d(NUM_FEATURES)
        self.hidden = nn.Linear(NUM_FEATURES * 3, NUM_FEATURES)
        self.out = nn.Linear(NUM_FEATURES, num_words)

    def forward(self, frames: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = ((frames - self.mean) / self.deviation).unsqueeze(1)
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            x = F.relu(norm(convolution(x)))
            if index < 3:
                x = F.max_pool2d(x, 2)
        x = torch.cat((x.mean(dim=3), x.amax(dim=3)), dim=1)
        x = F.relu(self.order_norm(self.order(x)))
        thirds = torch.cat((x[:, :, :3].mean(dim=2), x[:, :, 3:6].mean(dim=2), x[:, :, 6:].mean(dim=2)), dim=1)
        features = F.relu(self.hidden(F.dropout(thirds, DROPOUT, self.training)))
        return self.out(F.dropout(features, DROPOUT, self.training)), features


def placed(samples: np.ndarray, start: int) -> np.ndarray:
    """1.2 s with the clip from `start` on."""
    whole = np.zeros(NUM_SAMPLES, np.float32)
    part = samples[:NUM_SAMPLES - start]
    whole[start:start + part.size] = part
    return whole


def as_played(clip: Spoken) -> np.ndarray:
    """As a model could say it at its best: at its place, through mu-law."""
    return decode_mu_law(encode_mu_law(placed(clip.samples, START_SAMPLE)))


def spoiled(clip: Spoken, rng: np.random.Generator) -> np.ndarray:
    """A clip as it is trained on: slower or faster, shifted, louder or softer, with noise, through mu-law."""
    speed = 1.0 + rng.uniform(-SPEED, SPEED)
    samples = np.interp(np.arange(0.0, clip.samples.size - 1, speed), np.arange(clip.samples.size), clip.samples)
    sound = placed(samples, START_SAMPLE + int(rng.integers(0, round(MOST_SHIFT_S * SAMPLE_RATE_HZ))))
    sound *= np.float32(10.0 ** (rng.uniform(-GAIN_DB, GAIN_DB) / 20.0))
    if rng.random() > QUIET_SHARE:
        noise = rng.standard_normal(NUM_SAMPLES).astype(np.float32)
        if rng.random() < 0.5:  # as soft above as speech is
            noise[1:] = noise[1:] + 0.9 * noise[:-1]
        sound += noise * np.float32(10.0 ** (rng.uniform(*NOISE_DB) / 20.0))
    return decode_mu_law(encode_mu_law(sound))


def batch_frames(sounds: np.ndarray) -> torch.Tensor:
    """(N, NUM_SAMPLES) to (N, NUM_FRAMES, MEL_BANDS): metrics.log_mel_frames of many at once."""
    window = torch.from_numpy(np.hanning(MEL_WINDOW).astype(np.float32))
    frames = torch.from_numpy(sounds).unfold(1, MEL_WINDOW, MEL_HOP) * window
    power = (torch.fft.rfft(frames) * (2.0 / float(window.sum()))).abs() ** 2
    return torch.log(power @ torch.from_numpy(mel_filters().T.astype(np.float32)) + MEL_FLOOR)


def masked(frames: torch.Tensor, rng: np.random.Generator, level: float) -> torch.Tensor:
    """Each look with a band of pitches and a stretch of time hidden."""
    for look in frames:
        bands, count = int(rng.integers(0, MASK_BANDS + 1)), int(rng.integers(0, MASK_FRAMES + 1))
        low, first = int(rng.integers(0, MEL_BANDS - bands + 1)), int(rng.integers(0, NUM_FRAMES - count + 1))
        look[:, low:low + bands] = level
        look[first:first + count] = level
    return frames


def train(clips: list[Spoken], num_words: int, epochs: int, seed: int) -> Classifier:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    some = batch_frames(np.stack([as_played(clip) for clip in clips[::10]]))
    mean, deviation = float(some.mean()), float(some.std())
    model = Classifier(num_words, mean, deviation)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps_per_epoch = len(clips) // BATCH
    total, step = epochs * steps_per_epoch, 0
    for epoch in range(epochs):
        order, losses = rng.permutation(len(clips)), []
        for first in range(0, steps_per_epoch * BATCH, BATCH):
            chosen = [clips[i] for i in order[first:first + BATCH]]
            frames = masked(batch_frames(np.stack([spoiled(clip, rng) for clip in chosen])), rng, mean)
            words = torch.tensor([clip.word for clip in chosen])
            rate = min(1.0, (step + 1) / 50) * 0.5 * (1.0 + math.cos(math.pi * step / total))
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * rate
            loss = F.cross_entropy(model(frames)[0], words)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss))
            step += 1
        print(f"epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.3f}", flush=True)
    return model.eval()


@torch.no_grad()
def calibrate(model: Classifier, clips: list[Spoken]) -> float:
    """Divides the logits by what makes the probabilities of the right words likeliest; returns that.

    A network that is right on most of its training clips is surer than it should be. Guo et al., "On
    calibration of modern neural networks", 2017.
    """
    words = np.array([clip.word for clip in clips])
    logits = np.log(outputs(model, clips)[0] + 1e-300)
    losses = []
    for temperature in TEMPERATURES:
        cooled = logits / temperature
        losses.append(float((np.log(np.exp(cooled).sum(axis=1)) - cooled[np.arange(words.size), words]).mean()))
    best = float(TEMPERATURES[int(np.argmin(losses))])
    model.out.weight /= best
    model.out.bias /= best
    return best


@torch.no_grad()
def outputs(model: Classifier, clips: list[Spoken]) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities (N, words), features (N, NUM_FEATURES)) of the clips as they are, by the frames that are measured on."""
    frames = [np.stack([log_mel_frames(as_played(clip)) for clip in clips[first:first + BATCH]]).astype(np.float32)
              for first in range(0, len(clips), BATCH)]
    logits, features = zip(*(model(torch.from_numpy(part)) for part in frames))
    return torch.softmax(torch.cat(logits).double(), dim=1).numpy(), torch.cat(features).double().numpy()


def rounded(values: np.ndarray) -> list:
    """Seven digits: more than float32 has."""
    return [rounded(row) if np.ndim(row) else float(f"{row:.7g}") for row in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=CHECKOUT / "models" / "eval" / "words")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = json.loads(args.config.read_text())
    labels = recipe["data"]["words"]
    clips, held = load_words(recipe["data"])
    print(f"{len(clips)} clips to train on, {len(held)} of other speakers", flush=True)
    model = train(clips, len(labels), args.epochs, args.seed)
    temperature = calibrate(model, held)

    probabilities, features = outputs(model, clips)
    held_probabilities, held_features = outputs(model, held)
    words, held_words = (np.array([clip.word for clip in some]) for some in (clips, held))
    accuracy = float((probabilities.argmax(axis=1) == words).mean())
    held_accuracy = float((held_probabilities.argmax(axis=1) == held_words).mean())
    print(f"accuracy {accuracy:.4f} on the training clips, {held_accuracy:.4f} on the {len(held)} of other speakers; "
          f"temperature {temperature:.2f}")
    args.out.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(model, torch.zeros(2, NUM_FRAMES, MEL_BANDS), str(args.out / "classifier.onnx"), opset_version=13,
                      input_names=["frames"], output_names=["logits", "features"],
                      dynamic_axes={name: {0: "clips"} for name in ("frames", "logits", "features")})
    statistics = {
        "about": "What models/training/train_classifier.py says of the training clips: see docs/eval.md",
        "data": recipe["data"]["about"],
        "licence": recipe["licence"],
        "seed": args.seed,
        "epochs": args.epochs,
        "temperature": round(temperature, 4),
        "labels": labels,
        "numSamples": NUM_SAMPLES,
        "numFrames": NUM_FRAMES,
        "bands": MEL_BANDS,
        "numFeatures": NUM_FEATURES,
        "trainingClips": len(clips),
        "trainingAccuracy": round(accuracy, 4),
        "heldOutClips": len(held),
        "heldOutAccuracy": round(held_accuracy, 4),
        "meanProbabilities": rounded(probabilities.mean(axis=0)),
        "mean": rounded(features.mean(axis=0)),
        "covariance": rounded(np.cov(features.T)),
    }
    (args.out / "statistics.json").write_text(json.dumps(statistics, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
