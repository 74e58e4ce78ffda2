"""The `word-steps` conditioning of docs/conditioning.md: which word, and how far into it.

Twin of models/conditioning/word-steps.ts; the goldens in test/golden/word-steps hold the two together.
"""

from typing import NamedTuple

import numpy as np

HOP = 64  # samples per row, 250 Hz
STEPS = 12
STEP_FRAMES = 25  # rows from one step to the next, 100 ms
WORD_FRAMES = STEPS * STEP_FRAMES  # no word is longer: 1.2 s


class WordEvent(NamedTuple):
    """From row `frame` on: `word` begins, or with None whatever sounds stops."""

    frame: int
    word: int | None


def word_rows(events: list[WordEvent], num_words: int, num_frames: int) -> np.ndarray:
    """Rows (num_frames, num_words * STEPS); events in order, frames may be negative.

    n rows into word w the value of its step s is max(0, 1 - |n / STEP_FRAMES - s|): each step hands
    over to the next. A new word replaces the old one.
    """
    rows = np.zeros((num_frames, num_words, STEPS), np.float32)
    for event, following in zip(events, [*events[1:], None]):
        if event.word is None:
            continue
        end = event.frame + WORD_FRAMES if following is None else min(event.frame + WORD_FRAMES, following.frame)
        frames = np.arange(max(event.frame, 0), min(end, num_frames))
        place = (frames - event.frame)[:, None] / STEP_FRAMES
        rows[frames, event.word] = np.maximum(0.0, 1.0 - np.abs(place - np.arange(STEPS)))
    return rows.reshape(num_frames, -1)
