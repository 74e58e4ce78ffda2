"""The `word-steps` and `word-source` conditioning of docs/conditioning.md: which word, how far into it, and how high.

Twin of models/conditioning/word-steps.ts; the goldens in test/golden/word-steps hold the two together.
"""

from typing import Iterator, NamedTuple

import numpy as np

from speech_rows import PHONES, PITCH_ZERO_HZ, speech_rows

HOP = 64  # samples per row, 250 Hz
STEPS = 12
STEP_FRAMES = 25  # rows from one step to the next, 100 ms
WORD_FRAMES = STEPS * STEP_FRAMES  # no word is longer: 1.2 s
LOWEST_HZ, HIGHEST_HZ = 90.0, 240.0  # at which words begin
FALL_ROWS = 1000  # rows in which the voice falls by an octave


class WordEvent(NamedTuple):
    """From row `frame` on: `word` begins, or with None whatever sounds stops. height: 0 to 1, how high the voice is."""

    frame: int
    word: int | None
    height: float = 0.5


def word_rows(events: list[WordEvent], num_words: int, num_frames: int) -> np.ndarray:
    """Rows (num_frames, num_words * STEPS); events in order, frames may be negative.

    n rows into word w the value of its step s is max(0, 1 - |n / STEP_FRAMES - s|): each step hands
    over to the next. A new word replaces the old one.
    """
    rows = np.zeros((num_frames, num_words, STEPS), np.float32)
    for event, frames in sounding_rows(events, num_frames):
        place = (frames - event.frame)[:, None] / STEP_FRAMES
        rows[frames, event.word] = np.maximum(0.0, 1.0 - np.abs(place - np.arange(STEPS)))
    return rows.reshape(num_frames, -1)


def word_pitch_hz(height: float, rows: np.ndarray) -> np.ndarray:
    """f0 so many rows into a word that is said as high as this."""
    return LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** height * 2.0 ** (-rows / FALL_ROWS)


def sounding_rows(events: list[WordEvent], num_frames: int) -> Iterator[tuple[WordEvent, np.ndarray]]:
    """Each word with the rows in which it sounds, of [0, num_frames)."""
    for event, following in zip(events, [*events[1:], None]):
        end = event.frame + WORD_FRAMES if following is None else min(event.frame + WORD_FRAMES, following.frame)
        if event.word is not None:
            yield event, np.arange(max(event.frame, 0), min(end, num_frames))


def pitch_rows(events: list[WordEvent], num_frames: int) -> np.ndarray:
    """The rows of `speech` under which `speech-source` is the `word-source` of these words: (num_frames, ROW_DIM)."""
    weights = np.zeros((num_frames, len(PHONES)))
    f0 = np.full(num_frames, PITCH_ZERO_HZ)
    weights[:, PHONES.index("pau")] = 1.0
    for event, rows in sounding_rows(events, num_frames):
        weights[rows] = np.eye(len(PHONES))[PHONES.index("aa")]
        f0[rows] = word_pitch_hz(event.height, rows - event.frame)
    return speech_rows(weights, f0, np.ones(num_frames))
