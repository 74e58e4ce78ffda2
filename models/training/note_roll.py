"""Keys and pedal to conditioning frames: what a note-conditioned model is told.

One state machine for training and for live notes; its twin in the engine is
`models/conditioning/note-roll.ts`, and `test/golden/note-roll` holds them together.
docs/conditioning.md has the definition. Time is in frames of HOP samples (4 ms); an event
belongs to the first frame that begins no earlier than it, so that nothing is told before
it happens.

The second input is a source signal in the manner of Wang, Takaki and Yamagishi, "Neural
source-filter waveform models for statistical parametric speech synthesis" (2019): sines
at the partials of the sounding keys. A roll says which key sounds; the source also says
where in its period each partial is, which a network would otherwise have to count.
"""

import math
from dataclasses import dataclass
from typing import Iterable, NamedTuple

import numpy as np

SAMPLE_RATE_HZ = 16000
HOP = 64  # samples per frame
FRAME_RATE_HZ = SAMPLE_RATE_HZ / HOP
LOWEST_PITCH = 21
NUM_KEYS = 88
ROLL_DIM = 2 * NUM_KEYS + 2
PARTIALS = 8
SOURCE_DIM = 2 * PARTIALS
HIGHEST_PARTIAL_HZ = 7200.0
MIDDLE_TAU_S = 3.0  # of middle C while its damper is up
RELEASE_TAU_S = 0.06
SILENT_LEVEL = 1e-4
COUNTED_LEVEL = 0.02


class NoteEvent(NamedTuple):
    """At the beginning of `frame`: `on` (value = velocity 1 .. 127), `off`, or `pedal` (value 0 or 1, pitch unused)."""

    frame: int
    kind: str
    pitch: int
    value: int


@dataclass
class Segment:
    """A stretch of one key between two events: level falls from `level` by `decay` per frame, from `start` to `end`."""

    key: int
    onset: int  # frame at which the partials' phases were 0
    start: int
    end: int
    level: float
    tau_s: float


@dataclass
class Strike:
    """One blow of a hammer: sounds from `onset` until the damper falls at `release` (None: not before the end)."""

    pitch: int
    velocity: int
    onset: int
    release: int | None


def held_tau_s(pitch: int) -> float:
    return MIDDLE_TAU_S * 2.0 ** (-(pitch - 60) / 18.0)


def inharmonicity(pitch: int) -> float:
    """B in f_p = p f_0 sqrt(1 + B p^2), fitted to FluidR3's grand piano (8 partials of 15 keys)."""
    return min(2.2e-4 * math.exp(0.096 * (pitch - 57)), 2e-3)


def partial_hz(pitch: int) -> np.ndarray:
    """(PARTIALS) frequencies; 0 for a partial that is left out."""
    number = np.arange(1, PARTIALS + 1)
    hz = number * 440.0 * 2.0 ** ((pitch - 69) / 12.0) * np.sqrt(1.0 + inharmonicity(pitch) * number**2)
    return np.where(hz > HIGHEST_PARTIAL_HZ, 0.0, hz)


def events_of(notes: Iterable[tuple], pedals: Iterable[tuple]) -> list[NoteEvent]:
    """Performed notes (on_s, off_s, pitch, velocity) and pedal values (time_s, 0 .. 127) as events, by time.

    At one instant offs come first, so that a key struck again is one.
    """
    timed = []
    for on_s, off_s, pitch, velocity in notes:
        timed.append((on_s, 2, "on", pitch, velocity))
        timed.append((max(off_s, on_s + 1e-4), 0, "off", pitch, 0))
    timed += [(time_s, 1, "pedal", 0, int(value >= 64)) for time_s, value in pedals]
    timed.sort(key=lambda event: event[:2])
    return [NoteEvent(math.ceil(time_s * FRAME_RATE_HZ - 1e-6), kind, pitch, value)
            for time_s, _, kind, pitch, value in timed]


class NoteRoll:
    """What `events` (by frame) make of the frames [0, num_frames).

    The state machine runs once over the events; frames of any window come from the
    segments it leaves behind.
    """

    def __init__(self, events: list[NoteEvent], num_frames: int):
        self.num_frames = num_frames
        self.segments: list[Segment] = []
        self.strikes: list[Strike] = []
        self.onsets: list[tuple[int, int, int]] = []  # (frame, key, velocity)
        self.pedals: list[tuple[int, int]] = []  # (frame, 0 or 1)
        self._sounding: dict[int, Segment] = {}
        self._striking: dict[int, Strike] = {}
        self._held: set[int] = set()
        self._is_pedal_down = False
        for event in events:
            if event.frame >= num_frames:
                break
            self._take(event)
        for key in list(self._sounding):
            self._end(key, num_frames)

    def _take(self, event: NoteEvent) -> None:
        key = event.pitch - LOWEST_PITCH
        if event.kind == "on":
            self._damp(key, event.frame)
            self._end(key, event.frame)
            self._held.add(key)
            self._begin(key, event.frame, event.frame, event.value / 127.0, held_tau_s(event.pitch))
            self._striking[key] = Strike(event.pitch, event.value, event.frame, None)
            self.strikes.append(self._striking[key])
            self.onsets.append((event.frame, key, event.value))
        elif event.kind == "off":
            self._held.discard(key)
            if not self._is_pedal_down:
                self._damp(key, event.frame)
        else:
            self._is_pedal_down = bool(event.value)
            self.pedals.append((event.frame, event.value))
            if not self._is_pedal_down:
                for sounding in [k for k in self._striking if k not in self._held]:
                    self._damp(sounding, event.frame)

    def _begin(self, key: int, onset: int, start: int, level: float, tau_s: float) -> None:
        self._sounding[key] = Segment(key, onset, start, start, level, tau_s)

    def _end(self, key: int, frame: int) -> float:
        """Closes the key's segment; returns its level at `frame`."""
        segment = self._sounding.pop(key, None)
        if segment is None:
            return 0.0
        frames_heard = math.ceil(segment.tau_s * FRAME_RATE_HZ * math.log(max(segment.level / SILENT_LEVEL, 1.0)) + 1e-9)
        segment.end = min(frame, segment.start + frames_heard)
        if segment.end > segment.start:
            self.segments.append(segment)
        level = segment.level * math.exp(-(frame - segment.start) / (FRAME_RATE_HZ * segment.tau_s))
        return level if level >= SILENT_LEVEL else 0.0

    def _damp(self, key: int, frame: int) -> None:
        strike = self._striking.pop(key, None)
        if strike is None:
            return
        strike.release = frame
        onset = self._sounding[key].onset
        level = self._end(key, frame)
        if level > 0.0:
            self._begin(key, onset, frame, level, RELEASE_TAU_S)

    # --- frames --------------------------------------------------------------------------

    def roll(self, first: int, count: int) -> np.ndarray:
        """(count, ROLL_DIM) frames from `first` on."""
        roll = np.zeros((count, ROLL_DIM), np.float32)
        for segment in self.segments:
            a, b = max(segment.start, first), min(segment.end, first + count)
            if a < b:
                time_s = (np.arange(a, b) - segment.start) / FRAME_RATE_HZ
                roll[a - first:b - first, segment.key] = segment.level * np.exp(-time_s / segment.tau_s)
        for frame, key, velocity in self.onsets:
            if first <= frame < first + count:
                roll[frame - first, NUM_KEYS + key] = velocity / 127.0
        for (frame, value), (until, _) in zip(self.pedals, self.pedals[1:] + [(first + count, 0)]):
            roll[max(frame - first, 0):max(until - first, 0), 2 * NUM_KEYS] = value
        roll[:, 2 * NUM_KEYS + 1] = (roll[:, :NUM_KEYS] > COUNTED_LEVEL).sum(axis=1) / 10.0
        return roll

    def source(self, first: int, count: int) -> np.ndarray:
        """(count * HOP, SOURCE_DIM) samples of the frames from `first` on: sine and cosine of partial 1, of 2, ..."""
        total = np.zeros((count, HOP, PARTIALS), np.complex64)
        for segment in self.segments:
            a, b = max(segment.start, first), min(segment.end, first + count)
            if a < b:
                total[a - first:b - first] += _partials(segment, a, b)
        return np.stack((total.imag, total.real), axis=-1).reshape(count * HOP, SOURCE_DIM)


def _partials(segment: Segment, first: int, end: int) -> np.ndarray:
    """(end - first, HOP, PARTIALS) level * exp(i phase), as a product of a table by frame and one by sample."""
    hz = partial_hz(segment.key + LOWEST_PITCH)
    turn = 2j * math.pi * hz / SAMPLE_RATE_HZ
    damp = 1.0 / (segment.tau_s * SAMPLE_RATE_HZ)
    frames = np.arange(first, end)[:, None]
    by_frame = (segment.level * (hz > 0.0)) * np.exp(turn * HOP * (frames - segment.onset) - damp * HOP * (frames - segment.start))
    by_sample = np.exp((turn - damp) * np.arange(HOP)[:, None])
    return by_frame.astype(np.complex64)[:, None, :] * by_sample.astype(np.complex64)
