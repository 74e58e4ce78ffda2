"""Training pairs of a note-conditioned model: ids, and the frames that asked for them."""

from pathlib import Path

import numpy as np

from data import ConditionedSampler, Window, encode_mu_law, resolve_folder
from note_bank import NoteBank, read_performance
from note_music import Composer, Performance
from note_roll import HOP, SAMPLE_RATE_HZ, NoteRoll, events_of

FROM_SILENCE_SHARE = 0.7  # of crops; the others begin in the middle of sounding notes
LEAD_S = 6.0  # before such a beginning


def load_performances(data: dict) -> tuple[list[Performance], list[Performance]]:
    """(to train on, held out) of a recipe's `data`; raises FileNotFoundError without any MIDI file."""
    folder = resolve_folder(data["midi"])
    paths = sorted(folder.glob("*.mid"))
    if not paths:
        raise FileNotFoundError(f"no .mid file in {folder}; README.md says how to get the data")
    train, held = [], []
    for path in paths:
        notes, pedals = read_performance(path)
        piece = Performance(path.stem, np.array(notes, float), np.array(pedals, float).reshape(-1, 2))
        (held if path.stem in data["heldOut"]["clips"] else train).append(piece)
    return train, held


class NoteSampler(ConditionedSampler):
    """Endless crops of made-up and varied music, with their conditioning."""

    def __init__(self, performances: list[Performance], bank: NoteBank, gain: float, seed: int, drop_share: float,
                 input_noise: tuple[float, ...] = (0.0,)):
        super().__init__(seed, drop_share, input_noise)
        self.composer = Composer(performances, self.rng)
        self.bank = bank
        self.gain = np.float32(gain)

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Ids (length,) and the frames of both inputs; `length` is a multiple of HOP."""
        count = length // HOP
        lead_s = 0.0 if self.rng.random() < FROM_SILENCE_SHARE else LEAD_S
        notes, pedals = self.composer.passage(lead_s + length / SAMPLE_RATE_HZ)
        first = round(lead_s * SAMPLE_RATE_HZ) // HOP
        return render_frames(NoteRoll(events_of(notes, pedals), first + count), self.bank, self.gain, first, count)


def render_frames(roll: NoteRoll, bank: NoteBank, gain: float, first: int, count: int) -> tuple[np.ndarray, dict]:
    """Ids and conditioning of the frames [first, first + count) of some music."""
    ids = encode_mu_law(bank.render(roll.strikes, first, count) * gain)
    return ids, {"roll": roll.roll(first, count), "source": roll.source(first, count)}


def held_out_note_windows(pieces: list[Performance], bank: NoteBank, gain: float, length: int, most: int) -> list[Window]:
    """Evenly spread windows of whole pieces, as `data.held_out_windows`."""
    counts = [int(piece.end_s * SAMPLE_RATE_HZ) // length for piece in pieces]
    stride = max(1.0, sum(counts) / most)
    windows = []
    for piece, windows_in in zip(pieces, counts):
        roll = NoteRoll(events_of(map(_performed, piece.notes), map(tuple, piece.pedals)), windows_in * length // HOP)
        for index in np.unique(np.arange(0, windows_in, stride).astype(int)):
            ids, frames = render_frames(roll, bank, gain, index * length // HOP, length // HOP)
            windows.append(Window(piece.name, 1.0, ids, frames))
    return windows


def _performed(row: np.ndarray) -> tuple:
    return float(row[0]), float(row[1]), int(row[2]), int(row[3])
