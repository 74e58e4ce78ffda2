"""The `speech` and `speech-source` conditioning of docs/conditioning.md: phones, pitch, loudness, and the vocal folds.

Twin of models/conditioning/speech-rows.ts; the goldens in test/golden/speech hold the two together.
"""

from typing import NamedTuple

import numpy as np

HOP = 64  # samples per row, 250 Hz
SAMPLE_RATE_HZ = 16000
PHONES = ("pau aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh").split()
ROW_DIM = len(PHONES) + 2
HARMONICS = 8
SOURCE_DIM = 2 * HARMONICS + 1
PITCH_ZERO_HZ = 110.0
LOWEST_HZ, HIGHEST_HZ = 60.0, 600.0
TOP_HZ = 7200.0
BLEND_FRAMES = 5  # to each side of a boundary, 20 ms
VOICING = np.array([0.7 if p in ("b", "d", "g") else 0.6 if p in ("z", "zh", "v", "dh", "jh") else
                    0.0 if p in ("pau", "ch", "f", "hh", "k", "p", "s", "sh", "t", "th") else 1.0 for p in PHONES])


class Segment(NamedTuple):
    """A phone, by its number, up to (not including) row `end`."""

    phone: int
    end: int


def phone_weights(segments: list[Segment], num_frames: int) -> np.ndarray:
    """(num_frames, phones): one phone at a time, with straight lines across the boundaries; the last goes on."""
    weights = np.zeros((num_frames, len(PHONES)))
    start = 0
    for segment in segments:
        weights[start:segment.end, segment.phone] = 1.0
        start = max(start, min(segment.end, num_frames))
    weights[start:, segments[-1].phone] = 1.0
    start = 0
    for now, following in zip(segments, segments[1:]):
        reach = min(BLEND_FRAMES, (now.end - start) // 2, (following.end - now.end) // 2)
        for frame in range(max(now.end - reach, 0), min(now.end + reach, num_frames)):
            share = (frame - now.end + reach + 0.5) / (2 * reach)
            weights[frame] = 0.0
            weights[frame, now.phone] += 1.0 - share
            weights[frame, following.phone] += share
        start = now.end
    return weights


def speech_rows(weights: np.ndarray, f0_hz: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """Rows (F, ROW_DIM) of weights (F, phones), f0 (F,) in Hz and loudness (F,) in [0, 1]."""
    octaves = np.log2(np.clip(f0_hz, LOWEST_HZ, HIGHEST_HZ) / PITCH_ZERO_HZ)
    return np.concatenate((weights, octaves[:, None], loudness[:, None]), axis=1).astype(np.float32)


class Source(NamedTuple):
    """rows (F * HOP, SOURCE_DIM); voicing (F * HOP,); pulses: sample numbers, fractional, at which the phase is whole."""

    rows: np.ndarray
    voicing: np.ndarray
    pulses: np.ndarray


def speech_source(rows: np.ndarray, lead_rows: int = 0) -> Source:
    """What the vocal folds do through `rows` of `speech`; the phase is 0 after the first `lead_rows` of them, else at the start."""
    hz = np.repeat(PITCH_ZERO_HZ * 2.0 ** rows[:, len(PHONES)].astype(np.float64), HOP)
    voicing = np.repeat(rows[:, :len(PHONES)].astype(np.float64) @ VOICING, HOP)
    step = hz / SAMPLE_RATE_HZ
    phase = np.concatenate(([0.0], np.cumsum(step)))
    phase = (phase - phase[lead_rows * HOP])[:-1]
    out = np.zeros((hz.size, SOURCE_DIM), np.float32)
    for k in range(1, HARMONICS + 1):
        heard = voicing * (k * hz <= TOP_HZ)
        out[:, 2 * k - 2] = heard * np.sin(2 * np.pi * k * phase)
        out[:, 2 * k - 1] = heard * np.cos(2 * np.pi * k * phase)
    whole = np.floor(phase)
    wraps = np.flatnonzero(np.diff(whole, prepend=np.ceil(phase[0]) - 1.0) > 0)
    r = (phase[wraps] - whole[wraps]) / step[np.maximum(wraps - 1, 0)]  # that step led here
    np.add.at(out[:, -1], wraps, r * voicing[wraps])
    inside = wraps + 1 < hz.size
    np.add.at(out[:, -1], wraps[inside] + 1, ((1.0 - r) * voicing[wraps])[inside])
    return Source(out, voicing, wraps - r)
