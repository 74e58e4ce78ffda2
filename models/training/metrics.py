"""Yardsticks: bits per sample of two simple predictors, and a distance between sounds.

All work on what a model works on: ids for the bits, decoded amplitude for the distance.
"""

import math
from typing import Iterable

import numpy as np
from scipy.linalg import solve, sqrtm
from scipy.special import gammaln, stdtr

from data import LEVELS, MU, SAMPLE_RATE_HZ, START_TOKEN

LPC_ORDER = 32
LPC_WINDOW = 2048  # samples that the predictor is fitted to
LPC_HOP = 256  # samples between two fits
LPC_RIDGE = 1e-4  # of the mean power
STUDENT_DEGREES = (1.5, 2.0, 3.0, 5.0, 10.0, 30.0)  # tried per fit, the likeliest is used
UNIFORM_SHARE = 1e-3  # of probability, so that no id is impossible

MEL_BANDS = 40
MEL_WINDOW = 1024  # samples
MEL_HOP = 256  # samples
MEL_PART_FRAMES = 4096  # frames transformed at once
MEL_FLOOR = 1e-8  # power, relative to a full-scale sine in one bin


# --- bits per sample ---------------------------------------------------------------------

def bigram_table(train: Iterable[np.ndarray]) -> np.ndarray:
    """(LEVELS, LEVELS) bits of each id after each id before, counted on ids; add 1/LEVELS."""
    counts = np.full((LEVELS, LEVELS), 1.0 / LEVELS)
    for ids in train:
        counts += np.bincount(ids[:-1] * LEVELS + ids[1:], minlength=LEVELS**2).reshape(LEVELS, LEVELS)
    return -np.log2(counts / counts.sum(axis=1, keepdims=True))


def bigram_bits(table: np.ndarray, ids: np.ndarray) -> float:
    """Order-1 context: bits per sample of ids (L,)."""
    return float(table[np.concatenate(([START_TOKEN], ids[:-1])), ids].mean())


def cell_edges() -> np.ndarray:
    """(LEVELS + 1,) amplitudes between which the encoder gives id i; the ends are infinite."""
    curve = (np.arange(LEVELS + 1) - 0.005) * 2.0 / (LEVELS - 0.01) - 1.0
    edges = np.sign(curve) * ((1.0 + MU) ** np.abs(curve) - 1.0) / MU
    edges[0], edges[-1] = -np.inf, np.inf
    return edges


def linear_predictor_bits(ids: np.ndarray, order: int = LPC_ORDER) -> float:
    """Adaptive linear prediction with a Student-t residual: bits per sample of ids (L,).

    Causal: every LPC_HOP samples the predictor (least squares, a little ridge) and the
    residual's scale and degrees of freedom are fitted to the LPC_WINDOW samples before.
    """
    edges = cell_edges()
    inner = np.clip(edges, -1.0, 1.0)
    signal = ((inner[:-1] + inner[1:]) / 2.0)[ids]
    padded = np.concatenate((np.zeros(LPC_WINDOW + order), signal))
    total = math.log2(LEVELS) * min(LPC_HOP, ids.size)  # nothing is known yet
    for start in range(LPC_HOP, ids.size, LPC_HOP):
        block = ids[start:start + LPC_HOP]
        part = padded[start:start + LPC_WINDOW + order + block.size]
        lags = np.lib.stride_tricks.sliding_window_view(part, order)[:-1, ::-1]
        known = min(start, LPC_WINDOW)
        past, past_lags = part[order:order + LPC_WINDOW][-known:], lags[:LPC_WINDOW][-known:]
        weights = _fit_predictor(past_lags, past)
        scale, degrees = _fit_student(past - past_lags @ weights)
        centre = lags[LPC_WINDOW:] @ weights
        upper = stdtr(degrees, (edges[block + 1] - centre) / scale)
        lower = stdtr(degrees, (edges[block] - centre) / scale)
        probability = (1.0 - UNIFORM_SHARE) * (upper - lower) + UNIFORM_SHARE / LEVELS
        total -= float(np.log2(probability).sum())
    return total / ids.size


def _fit_predictor(lags: np.ndarray, past: np.ndarray) -> np.ndarray:
    """(order,) least-squares weights of the samples 1, 2, ... back; lags is (L, order)."""
    gram = lags.T @ lags
    ridge = LPC_RIDGE * np.trace(gram) / len(gram) + 1e-9
    return solve(gram + ridge * np.eye(len(gram)), lags.T @ past, assume_a="pos")


def _fit_student(residual: np.ndarray) -> tuple[float, float]:
    """(scale, degrees of freedom): a few fixed-point steps of the likelihood per candidate."""
    best = (-np.inf, 1.0, 1.0)
    square = residual**2
    for degrees in STUDENT_DEGREES:
        scale2 = float(np.median(square)) * 2.0 + 1e-9
        for _ in range(6):
            scale2 = float(np.mean((degrees + 1.0) * square / (degrees + square / scale2))) + 1e-9
        log_density = (gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * math.log(degrees * math.pi * scale2)
                       - (degrees + 1) / 2 * np.log1p(square / (degrees * scale2)).mean())
        best = max(best, (log_density, math.sqrt(scale2), degrees))
    return best[1], best[2]


# --- distance between sounds -------------------------------------------------------------

def mel_filters(bands: int = MEL_BANDS, window: int = MEL_WINDOW) -> np.ndarray:
    """(bands, window / 2 + 1) triangles, evenly spaced on the mel scale from 0 Hz to Nyquist."""
    nyquist_hz = SAMPLE_RATE_HZ / 2
    top = 2595.0 * math.log10(1.0 + nyquist_hz / 700.0)
    corners_hz = 700.0 * (10.0 ** (np.linspace(0.0, top, bands + 2) / 2595.0) - 1.0)
    bins_hz = np.linspace(0.0, nyquist_hz, window // 2 + 1)
    low, centre, high = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    return np.maximum(0.0, np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)))


def power_frames(samples: np.ndarray) -> np.ndarray:
    """(frames, MEL_WINDOW / 2 + 1) Hann power spectra; a full-scale sine peaks at 1."""
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), MEL_WINDOW)[::MEL_HOP]
    window = np.hanning(MEL_WINDOW)
    return np.abs(np.fft.rfft(frames * window) * (2.0 / window.sum())) ** 2


def log_mel_frames(samples: np.ndarray) -> np.ndarray:
    """(frames, MEL_BANDS) natural logarithms of mel power, in parts: an hour is 3 GB of spectra."""
    part, filters = MEL_PART_FRAMES * MEL_HOP, mel_filters().T
    starts = range(0, max(1, samples.size - MEL_WINDOW + 1), part)
    parts = [power_frames(samples[start:start + part + MEL_WINDOW - MEL_HOP]) @ filters for start in starts]
    return np.log(np.concatenate(parts) + MEL_FLOOR)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between Gaussians fitted to two sounds' log-mel frames, a and b amplitudes (L,).

    |mean_a - mean_b|^2 + trace(S_a + S_b - 2 (S_a S_b)^(1/2)); 0 for equal statistics.
    """
    frames_a, frames_b = log_mel_frames(a), log_mel_frames(b)
    cov_a, cov_b = np.cov(frames_a.T), np.cov(frames_b.T)
    root = sqrtm(cov_a @ cov_b).real
    gap = frames_a.mean(axis=0) - frames_b.mean(axis=0)
    return float(gap @ gap + np.trace(cov_a + cov_b - 2.0 * root))


def level_curve_db(samples: np.ndarray, window_s: float = 1.0) -> np.ndarray:
    """RMS level in dB full scale of successive windows."""
    size = int(window_s * SAMPLE_RATE_HZ)
    frames = samples[:samples.size // size * size].reshape(-1, size).astype(np.float64)
    return 10.0 * np.log10((frames**2).mean(axis=1) + 1e-12)
