"""Endless music for a note-conditioned model: performances varied, and exercises that nobody wrote.

A passage is what a crop is cut from: notes (on_s, off_s, pitch, velocity) and pedal values
(time_s, 0 or 127), starting at time 0 in silence.
"""

from dataclasses import dataclass

import numpy as np

from note_roll import LOWEST_PITCH, NUM_KEYS

HIGHEST_PITCH = LOWEST_PITCH + NUM_KEYS - 1
PERFORMED_SHARE = 0.5  # of passages; the others are exercises
PEDALLED_SHARE = 0.35  # of exercises


@dataclass(frozen=True)
class Performance:
    """A piece as read from MIDI. notes (n, 4): on_s, off_s, pitch, velocity, by onset; pedals (m, 2): time_s, value."""

    name: str
    notes: np.ndarray
    pedals: np.ndarray

    @property
    def end_s(self) -> float:
        return float(self.notes[:, 1].max())


class Composer:
    """Passages of any length, from one random generator."""

    def __init__(self, performances: list[Performance], rng: np.random.Generator):
        self.performances = performances
        self.rng = rng
        self.weights = np.array([piece.end_s for piece in performances])
        self.exercises = (self._random_notes, self._random_notes, self._chords, self._scale, self._repeated, self._sparse)

    def passage(self, length_s: float) -> tuple[list, list]:
        """(notes, pedals) of `length_s` seconds, beginning in silence."""
        if self.performances and self.rng.random() < PERFORMED_SHARE:
            return self._excerpt(length_s)
        exercise = self.exercises[self.rng.integers(len(self.exercises))]
        notes = [note for note in exercise(length_s) if LOWEST_PITCH <= note[2] <= HIGHEST_PITCH]
        pedals = self._random_pedals(length_s) if self.rng.random() < PEDALLED_SHARE else []
        return without_overlaps(notes), pedals

    def _excerpt(self, length_s: float) -> tuple[list, list]:
        """A stretch of a performance in another key, tempo and loudness; what sounded before it is left out."""
        rng = self.rng
        piece = self.performances[rng.choice(len(self.performances), p=self.weights / self.weights.sum())]
        pace = np.exp(rng.uniform(-0.35, 0.35))
        start = rng.uniform(0.0, max(piece.end_s - length_s * pace, 0.0))
        stop = start + length_s * pace
        notes = piece.notes[np.searchsorted(piece.notes[:, 0], start):np.searchsorted(piece.notes[:, 0], stop)]
        shift = int(rng.integers(-6, 7))
        loud, spread = rng.uniform(0.6, 1.4), rng.uniform(0.5, 1.3)
        centre = notes[:, 3].mean() if len(notes) else 64.0
        out = []
        for on, off, pitch, velocity in notes:
            moved = int(pitch) + shift
            if not LOWEST_PITCH <= moved <= HIGHEST_PITCH:
                moved = int(pitch)
            value = int(np.clip(round(loud * (centre + spread * (velocity - centre))), 12, 124))
            out.append(((on - start) / pace, (off - start) / pace, moved, value))
        before = piece.pedals[piece.pedals[:, 0] < start]
        inside = piece.pedals[(piece.pedals[:, 0] >= start) & (piece.pedals[:, 0] < stop)]
        pedals = [(0.0, int(before[-1, 1]))] if len(before) else []
        return without_overlaps(out), pedals + [((t - start) / pace, int(v)) for t, v in inside]

    # --- exercises ---------------------------------------------------------------------------

    def _velocity(self, centre: float) -> int:
        return int(np.clip(self.rng.normal(centre, 14.0), 16, 124))

    def _register(self) -> tuple[int, int]:
        """(lowest, highest) pitch of a hand or two, each register as likely as any other."""
        centre, half = self.rng.integers(LOWEST_PITCH, HIGHEST_PITCH + 1), self.rng.integers(3, 25)
        return max(LOWEST_PITCH, centre - half), min(HIGHEST_PITCH, centre + half)

    def _onsets(self, length_s: float, rate_hz: float) -> np.ndarray:
        first = self.rng.uniform(0.0, min(0.5, length_s / 2))
        gaps = self.rng.gamma(3.0, 1.0 / (3.0 * rate_hz), size=max(1, int(2 * length_s * rate_hz) + 2))
        times = first + np.concatenate(([0.0], np.cumsum(gaps)))
        return times[times < length_s]

    def _random_notes(self, length_s: float) -> list:
        low, high = self._register()
        centre = self.rng.uniform(30.0, 110.0)
        hold_s = np.exp(self.rng.uniform(np.log(0.06), np.log(2.0)))
        return [(t, t + hold_s * self.rng.gamma(4.0, 0.25), int(self.rng.integers(low, high + 1)), self._velocity(centre))
                for t in self._onsets(length_s, np.exp(self.rng.uniform(np.log(1.0), np.log(16.0))))]

    def _chords(self, length_s: float) -> list:
        low, high = self._register()
        centre = self.rng.uniform(30.0, 95.0)
        rate_hz = np.exp(self.rng.uniform(np.log(0.7), np.log(5.0)))
        notes = []
        for t in self._onsets(length_s, rate_hz):
            size = min(int(self.rng.integers(2, 11)), high - low + 1)
            hold_s = self.rng.uniform(0.3, 1.3) / rate_hz
            for pitch in self.rng.choice(np.arange(low, high + 1), size, replace=False):
                on = t + abs(self.rng.normal(0.0, 0.008))
                notes.append((on, on + hold_s, int(pitch), self._velocity(centre)))
        return notes

    def _scale(self, length_s: float) -> list:
        low, high = self._register()
        step, pitch = int(self.rng.integers(1, 4)) * self.rng.choice((-1, 1)), int(self.rng.integers(low, high + 1))
        rate_hz, legato = self.rng.uniform(3.0, 14.0), self.rng.uniform(0.3, 1.2)
        centre, notes = self.rng.uniform(35.0, 110.0), []
        for t in np.arange(self.rng.uniform(0.0, 0.3), length_s, 1.0 / rate_hz):
            notes.append((t, t + legato / rate_hz, pitch, self._velocity(centre)))
            if not low <= pitch + step <= high:
                step = -step
            pitch += step if low <= pitch + step <= high else 0
        return notes

    def _repeated(self, length_s: float) -> list:
        """One key again and again, or a trill of two."""
        keys = [int(self.rng.integers(LOWEST_PITCH, HIGHEST_PITCH))]
        if self.rng.random() < 0.5:
            keys.append(keys[0] + int(self.rng.integers(1, 5)))
        rate_hz, legato = self.rng.uniform(2.0, 13.0), self.rng.uniform(0.3, 1.0)
        centre = self.rng.uniform(35.0, 110.0)
        return [(t, t + legato / rate_hz, keys[i % len(keys)], self._velocity(centre))
                for i, t in enumerate(np.arange(self.rng.uniform(0.0, 0.3), length_s, 1.0 / rate_hz))]

    def _sparse(self, length_s: float) -> list:
        """Single notes anywhere with silence about them, long and short."""
        return [(t, t + np.exp(self.rng.uniform(np.log(0.05), np.log(4.0))),
                 int(self.rng.integers(LOWEST_PITCH, HIGHEST_PITCH + 1)), int(self.rng.integers(20, 125)))
                for t in self._onsets(length_s, self.rng.uniform(0.5, 2.5))]

    def _random_pedals(self, length_s: float) -> list:
        pedals, now = [], self.rng.uniform(0.0, 0.5)
        while now < length_s:
            pedals.append((now, 127))
            now += self.rng.uniform(0.2, 2.5)
            pedals.append((now, 0))
            now += self.rng.uniform(0.03, 0.6)
        return pedals


def without_overlaps(notes: list) -> list:
    """A key that is struck again is let go just before, so that its second off does not cut the new note."""
    last: dict[int, int] = {}
    out = [list(note) for note in sorted(notes)]
    for index, (on, _, pitch, _) in enumerate(out):
        if pitch in last and out[last[pitch]][1] > on - 0.01:
            out[last[pitch]][1] = max(out[last[pitch]][0] + 0.001, on - 0.01)
        last[pitch] = index
    return [tuple(note) for note in out]
