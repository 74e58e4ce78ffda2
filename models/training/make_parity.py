#!/usr/bin/env python3
"""Make the fixtures of test/golden that come from here: what PyTorch says the engine must compute.

    python3 make_parity.py            (writes the same files again: it is seeded)

parity, conditioned: a tiny bundle each, and io.safetensors, computed in float64, stored as float32:
    input_ids    (1, L)         I64  random ids after the start token
    logits_conv  (1, L, 256)    F32  the training form, all samples at once
    logits_step  (1, L, 256)    F32  the recurrence
    greedy_ids   (128,)         I64  argmax loop from the start token
    greedy_margin (128,)        F32  best logit minus the next one
and of the conditioned one, whose logits and greedy ids are those with both inputs:
    roll         (12, 5)        F32  frames of 16 samples
    source       (192, 3)       F32  frames of 1 sample
    logits_dropped, logits_roll_only   (1, L, 256)   F32  the recurrence with none, and with one of them
48 or 64 samples run the deepest tier a few times, greedy_ids eight times; longer would only
make the fixtures larger. The weights go through float32 first, as in the bundle.

note-roll: events.json, a few bars of notes, and frames.safetensors, the frames that they make:
    roll         (frames, 178)      F32
    source       (frames * 64, 16)  F32

speech: segments.json, phones with their ends, pitch and loudness of each row, and rows.safetensors, what they make:
    speech       (rows, 43)         F32
    source       (rows * 64, 17)    F32

word-steps: events.json, words that begin and stop, and frames.safetensors, the rows that they make:
    words        (frames, 36)       F32
    source       (frames * 64, 17)  F32

log-mel: sounds.json, what metrics.py makes of two sounds of log_mel_sound: the first frames of each, and their distance.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from bundle import safetensors_bytes, write_bundle
from data import CHECKOUT, SAMPLE_RATE_HZ, START_TOKEN
from metrics import frechet_distance, log_mel_frames
from note_roll import NoteRoll, events_of
from sashimi import CondInput, Sashimi, SashimiConfig
from speech_rows import PHONES, Segment, phone_weights, speech_rows, speech_source
from word_steps import WordEvent, pitch_rows, word_rows

SEED = 20261122
GREEDY_SAMPLES = 128
STEPS = 12
MIN_MARGIN = 1e-4  # a hundred float32 errors, so that greedy ids must match exactly
CONDITIONING = (CondInput("roll", 5, 16), CondInput("source", 3, 1))
COND_SAMPLES = 192  # more than any loop here runs

Frames = dict[str, torch.Tensor]


def trained_model(conditioning: tuple[CondInput, ...]) -> Sashimi:
    """Random start and a few steps on a chirp, so that no tensor keeps its initial value."""
    torch.manual_seed(SEED)
    model = Sashimi(SashimiConfig(d_model=8, num_layers=1, pool=(4, 4), conjugate_pairs=4, num_ssm=8,
                                  conditioning=conditioning))
    for name, parameter in model.named_parameters():
        parameter.data += (0.5 if name.startswith("cond") else 0.1) * torch.randn_like(parameter)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    time_s = torch.arange(1024) / 16000.0
    ids = (128 + 100 * torch.sin(2 * torch.pi * (200 + 4000 * time_s) * time_s)).long()
    cond = {spec.name: torch.randn(1, 1024 // spec.hop, spec.dim) for spec in conditioning}
    for _ in range(STEPS):
        logits = model(ids[None, :-16], {name: frames[:, :1008 // spec.hop] for (name, frames), spec
                                         in zip(cond.items(), conditioning)})[0]
        loss = F.cross_entropy(logits, ids[1:-15])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def frames_at(cond: Frames, t: int) -> Frames:
    """The frames of sample t, (1, dim) each."""
    hops = {spec.name: spec.hop for spec in CONDITIONING}
    return {name: frames[:, t // hops[name]] for name, frames in cond.items()}


@torch.no_grad()
def stepped_logits(model: Sashimi, ids: torch.Tensor, cond: Frames) -> torch.Tensor:
    """ids (1, L) to logits (1, L, levels), one sample at a time."""
    state = model.initial_state(1)
    return torch.stack([model.step(ids[:, t], state, frames_at(cond, t)) for t in range(ids.shape[1])], dim=1)


@torch.no_grad()
def greedy(model: Sashimi, count: int, cond: Frames) -> tuple[np.ndarray, np.ndarray]:
    """The argmax loop from the start token: ids (count,) and margins (count,)."""
    state, ids, margins = model.initial_state(1), [START_TOKEN], []
    for t in range(count):
        best = torch.topk(model.step(torch.tensor(ids[-1:]), state, frames_at(cond, t))[0], 2)
        ids.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
    return np.array(ids[1:]), np.array(margins, dtype=np.float32)


def write_model(out: Path, name: str, title: str, length: int, conditioning: tuple[CondInput, ...]) -> None:
    """One model's folder: its bundle and io.safetensors over `length` samples."""
    model = trained_model(conditioning)
    recipe = {"name": name, "title": title,
              "description": "A tiny random model that fixes what the engines must compute.",
              "sampling": {"temperature": 1, "topP": 1, "topK": 0}, "licence": "CC0-1.0"}
    provenance = {"source": "models/training/make_parity.py", "data": "a synthetic chirp",
                  "recipe": "random weights and 12 optimiser steps", "seed": SEED}
    write_bundle(out / "bundle", model, recipe, provenance)

    model = model.double()
    model.prepare_step()
    rng = np.random.default_rng(SEED)
    ids = torch.from_numpy(rng.integers(0, 256, size=(1, length)))
    ids[0, 0] = START_TOKEN
    io = {"input_ids": ids.numpy()}
    cond: Frames = {}
    for spec in conditioning:
        frames = rng.standard_normal((COND_SAMPLES // spec.hop, spec.dim)).astype(np.float32)
        frames[rng.random(frames.shape) < 0.4] = 0.0
        io[spec.name] = frames
        cond[spec.name] = torch.from_numpy(frames)[None].double()
    with torch.no_grad():
        conv = model(ids, {spec.name: cond[spec.name][:, :length // spec.hop] for spec in conditioning})
    step = stepped_logits(model, ids, cond)
    greedy_ids, margins = greedy(model, GREEDY_SAMPLES, cond)
    print(f"{name}: conv and step differ by {float((conv - step).abs().max()):.2e}, "
          f"largest logit {float(step.abs().max()):.2f}, smallest greedy margin {margins.min():.2e}, "
          f"{len(set(greedy_ids.tolist()))} different greedy ids")
    assert float((conv - step).abs().max()) < 1e-10 and margins.min() > MIN_MARGIN
    io |= {"logits_conv": conv.numpy().astype(np.float32), "logits_step": step.numpy().astype(np.float32),
           "greedy_ids": greedy_ids, "greedy_margin": margins}
    if conditioning:
        first = conditioning[0].name
        for key, some in (("logits_dropped", {}), (f"logits_{first}_only", {first: cond[first]})):
            io[key] = stepped_logits(model, ids, some).numpy().astype(np.float32)
    (out / "io.safetensors").write_bytes(safetensors_bytes(io))


def write_note_roll(out: Path) -> None:
    """A short passage with everything in it: chord, repeated key, pedal, overlap, the ends of the keyboard."""
    notes = [(0.0, 0.03, 60, 100), (0.0, 0.2, 64, 80), (0.0021, 0.2, 67, 1), (0.1, 0.14, 60, 90), (0.15, 0.151, 60, 127),
             (0.05, 0.3, 21, 64), (0.05, 0.06, 108, 64), (0.22, 0.24, 72, 50), (0.26, 0.28, 72, 60), (0.31, 0.36, 33, 110)]
    pedals = [(0.12, 127), (0.25, 0), (0.27, 64), (0.35, 10)]
    events, num_frames = events_of(notes, pedals), 100
    roll = NoteRoll(events, num_frames)
    write_frames(out, [{"frame": e.frame, "kind": e.kind, "pitch": e.pitch, "value": e.value} for e in events],
                 {"roll": roll.roll(0, num_frames), "source": roll.source(0, num_frames)})


def write_word_steps(out: Path) -> None:
    """Three words: one whole, one stopped, replaced ones, one that begins and stops in one row, one cut off by the end."""
    events = [WordEvent(3, 1, 0.1), WordEvent(320, 0, 0.9), WordEvent(371, None), WordEvent(380, None), WordEvent(390, 2),
              WordEvent(415, 2, 1.0), WordEvent(440, 1), WordEvent(440, 0, 0.0), WordEvent(460, 2), WordEvent(460, None),
              WordEvent(490, 1, 0.25)]
    write_frames(out, [{"frame": e.frame, "word": e.word, "height": e.height} for e in events],
                 {"words": word_rows(events, 3, 520), "source": speech_source(pitch_rows(events, 520)).rows})


def log_mel_sound(hz: float, colour: float) -> np.ndarray:
    """2 s: a tone that swells, and noise of a generator that any language has through a one-pole filter."""
    state, level, out = 1, 0.0, np.zeros(2 * SAMPLE_RATE_HZ)
    for t in range(out.size):
        state = (state * 1664525 + 1013904223) % 2**32
        level = colour * level + (1 - colour) * (state / 2**31 - 1)
        swell = 0.5 - 0.5 * np.cos(2 * np.pi * t / SAMPLE_RATE_HZ)
        out[t] = 0.3 * level + 0.2 * swell * np.sin(2 * np.pi * hz * t / SAMPLE_RATE_HZ)
    return out.astype(np.float32)


def write_log_mel(out: Path) -> None:
    """Two sounds, and what the yardsticks say of them."""
    shapes = ({"hz": 440.0, "colour": 0.9}, {"hz": 1500.0, "colour": 0.5})
    sounds = [log_mel_sound(**shape) for shape in shapes]
    listed = [{**shape, "frames": [[round(value, 8) for value in frame] for frame in log_mel_frames(sound)[:2].tolist()]}
              for shape, sound in zip(shapes, sounds)]
    out.mkdir(parents=True, exist_ok=True)
    golden = {"sounds": listed, "distance": frechet_distance(*sounds)}
    (out / "sounds.json").write_text(json.dumps(golden) + "\n")


def write_frames(out: Path, events: list[dict], frames: dict[str, np.ndarray]) -> None:
    """events.json, one a line, and frames.safetensors."""
    out.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(event)}" for event in events)
    (out / "events.json").write_text(f"[\n{lines}\n]\n")
    (out / "frames.safetensors").write_bytes(safetensors_bytes(frames))


def write_speech(out: Path) -> None:
    """A word and a few odd phones: every voicing, phones too short to blend, both ends of the range of pitch and beyond."""
    said = [("pau", 6), ("hh", 14), ("ah", 30), ("l", 33), ("ow", 52), ("b", 53), ("z", 55), ("zh", 60), ("uw", 60), ("d", 66),
            ("iy", 80), ("pau", 84)]
    count = 90
    rows = np.arange(count)
    hz = 150.0 * 2.0 ** (0.4 * np.sin(rows / 9.0) + rows / 60.0)
    hz[20:24], hz[70:74] = 50.0, 700.0
    hz[40:50] = 125.0  # the phase passes whole numbers on samples
    hz, loudness = np.round(hz, 2), np.round(0.5 + 0.5 * np.cos(rows / 7.0), 3)
    speech = speech_rows(phone_weights([Segment(PHONES.index(p), end) for p, end in said], count), hz, loudness)
    out.mkdir(parents=True, exist_ok=True)
    asked = {"segments": [{"phone": p, "end": end} for p, end in said], "pitchHz": hz.tolist(), "loudness": loudness.tolist()}
    lines = ",\n".join(f'  "{name}": {json.dumps(values)}' for name, values in asked.items())
    (out / "segments.json").write_text(f"{{\n{lines}\n}}\n")
    frames = {"speech": speech, "source": speech_source(speech).rows}
    (out / "rows.safetensors").write_bytes(safetensors_bytes(frames))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=CHECKOUT / "test" / "golden")
    out = parser.parse_args().out
    write_model(out / "parity", "parity", "Parity", 48, ())
    write_model(out / "conditioned", "conditioned", "Conditioned", 64, CONDITIONING)
    write_note_roll(out / "note-roll")
    write_speech(out / "speech")
    write_word_steps(out / "word-steps")
    write_log_mel(out / "log-mel")


if __name__ == "__main__":
    main()
