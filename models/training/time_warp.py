"""Recordings of one word brought into step, so that the place in the word says what is said there.

Dynamic time warping (Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition", 1978) against the
mean of all, which becomes sharper each time.
"""

import numpy as np

ROUNDS = 3
COEFFICIENTS = 14  # of the cepstra: level and the shape of the formants
BAND = 45  # rows by which a recording may be early or late
SLANT_COST = 0.15  # of a step along one axis alone, in mean distances


def aligned(own: list[np.ndarray], others: list[np.ndarray]) -> list[np.ndarray]:
    """For each recording (rows, coefficients), all of as many rows, its row for each row of the word: (rows,) rising.

    The mean is that of `own` alone. In the order own, others.
    """
    sounds = np.stack([*own, *others]).astype(np.float64)[:, :, :COEFFICIENTS]
    features = sounds - np.concatenate((sounds[:, :, :1].max(axis=1, keepdims=True),
                                        np.zeros((len(sounds), 1, sounds.shape[2] - 1))), axis=2)
    features /= np.maximum(features[:len(own)].std(axis=(0, 1)), 1e-6)
    rows = np.repeat(np.arange(features.shape[1])[None], len(features), axis=0)
    for _ in range(ROUNDS):
        in_step = np.take_along_axis(features, rows[:, :, None], axis=1)
        rows = warp(features, in_step[:len(own)].mean(axis=0))
    return list(rows)


def warp(features: np.ndarray, template: np.ndarray) -> np.ndarray:
    """Rows (n, F) of features (n, F, C), one for each row of the template (F, C), on the cheapest path from end to end."""
    count, length = features.shape[:2]
    distance = ((features[:, None] - template[None, :, None])**2).sum(axis=-1)  # (n, template row, row)
    slant = SLANT_COST * distance.mean(axis=(1, 2))
    cost = np.full((count, length + 1, length + 1), np.inf)
    came = np.zeros((count, length + 1, length + 1), np.int8)
    cost[:, 0, 0] = 0.0
    for i in range(1, length + 1):
        for j in range(max(1, i - BAND), min(length, i + BAND) + 1):
            ways = np.stack((cost[:, i - 1, j - 1], cost[:, i - 1, j] + slant, cost[:, i, j - 1] + slant))
            best = ways.argmin(axis=0)
            cost[:, i, j] = ways[best, np.arange(count)] + distance[:, i - 1, j - 1]
            came[:, i, j] = best
    out = np.zeros((count, length), int)
    for n in range(count):
        i = j = length
        while i > 0:
            out[n, i - 1] = j - 1
            way = came[n, i, j]
            i, j = (i - 1, j - 1) if way == 0 else (i - 1, j) if way == 1 else (i, j - 1)
    return out
