"""Speech taken apart and put together again: envelope and pitch of a recording, and sound from phones, pitch and envelope.

The envelope follows Morise, "CheapTrick, a spectral envelope estimator for high-quality speech synthesis", 2015; the pitch
tracker de Cheveigne and Kawahara, "YIN, a fundamental frequency estimator for speech and music", 2002. Pulses
through minimum-phase responses and filtered noise: any pitch curve on any voice, and the very pulses that the
model's `speech-source` input announces.
"""

import numpy as np

from speech_rows import HOP, SAMPLE_RATE_HZ, Source

ANALYSIS_HOP = 80  # samples per envelope, 5 ms
FFT = 1024
CEPSTRA = 80  # coefficients kept of an envelope
UNVOICED_HZ = 400.0  # sets the window where there is no pitch
LOWEST_HZ, HIGHEST_HZ = 65.0, 400.0
YIN_WINDOW = 480
YIN_THRESHOLD = 0.15
FLOOR = 1e-11  # of power per sample


def track_pitch(samples: np.ndarray, count: int, threshold: float = YIN_THRESHOLD) -> np.ndarray:
    """f0 in Hz per envelope frame (count,), 0 where there is none; `threshold`: aperiodicity up to which there is one."""
    longest, shortest = int(SAMPLE_RATE_HZ / LOWEST_HZ), int(SAMPLE_RATE_HZ / HIGHEST_HZ)
    padded = np.pad(samples.astype(np.float64), YIN_WINDOW)
    span = YIN_WINDOW + longest
    f0 = np.zeros(count)
    for frame in range(count):
        start = max(0, frame * ANALYSIS_HOP + YIN_WINDOW - span // 2)
        part = padded[start:start + span]
        if part.size < span or part.std() < 1e-3:
            continue
        head = part[:YIN_WINDOW]
        size = 2048
        cross = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(head, size)))[:longest + 1]
        energy = np.concatenate(([0.0], np.cumsum(part**2)))
        lags = np.arange(longest + 1)
        difference = energy[YIN_WINDOW] + (energy[lags + YIN_WINDOW] - energy[lags]) - 2.0 * cross
        mean = np.cumsum(difference[1:]) / lags[1:]
        normalised = np.concatenate(([1.0], difference[1:] / np.maximum(mean, 1e-12)))
        below = np.flatnonzero(normalised[shortest:-1] < threshold)
        if not below.size:
            continue
        lag = shortest + below[0]
        while lag + 1 < longest and normalised[lag + 1] < normalised[lag]:
            lag += 1
        a, b, c = normalised[lag - 1], normalised[lag], normalised[lag + 1]
        bend = a - 2 * b + c
        f0[frame] = SAMPLE_RATE_HZ / (lag + (0.5 * (a - c) / bend if bend > 0 else 0.0))
    return f0


def envelopes(samples: np.ndarray, f0: np.ndarray) -> np.ndarray:
    """Cepstra (frames, CEPSTRA) of the log power spectrum per sample, one per ANALYSIS_HOP."""
    padded = np.pad(samples.astype(np.float64), FFT)
    bin_hz = SAMPLE_RATE_HZ / FFT
    quefrency = np.arange(FFT // 2 + 1) / SAMPLE_RATE_HZ
    out = np.zeros((f0.size, CEPSTRA), np.float32)
    for frame, pitch in enumerate(f0):
        hz = pitch or UNVOICED_HZ
        half = min(round(1.5 * SAMPLE_RATE_HZ / hz), FFT // 2 - 1)
        centre = frame * ANALYSIS_HOP + FFT
        window = np.hanning(2 * half + 1)
        power = np.abs(np.fft.rfft(padded[centre - half:centre + half + 1] * window, FFT))**2 / (window**2).sum()
        power = _smooth(power, 2.0 / 3.0 * hz / bin_hz) + FLOOR
        cepstrum = np.fft.irfft(np.log(power))[:FFT // 2 + 1]
        lifter = np.sinc(hz * quefrency) * (1.18 - 0.18 * np.cos(2 * np.pi * quefrency * hz))
        lifter[0] = 1.0
        out[frame] = (cepstrum * lifter)[:CEPSTRA]
    return out


def _smooth(power: np.ndarray, width: float) -> np.ndarray:
    """The mean over `width` bins around each, mirrored at both ends."""
    reach = int(width) + 2
    mirrored = np.concatenate((power[reach:0:-1], power, power[-2:-reach - 2:-1]))
    total = np.concatenate(([0.0], np.cumsum(mirrored)))
    middle = np.arange(power.size) + reach + 0.5
    places = np.arange(total.size)
    return (np.interp(middle + width / 2, places, total) - np.interp(middle - width / 2, places, total)) / width


def minimum_phase(cepstra: np.ndarray) -> np.ndarray:
    """Spectra (n, FFT / 2 + 1) of minimum phase, the square root of the power in `cepstra` (n, CEPSTRA)."""
    folded = np.zeros((len(cepstra), FFT))
    folded[:, :CEPSTRA] = cepstra
    folded[:, 0] /= 2.0
    return np.exp(np.fft.rfft(folded))


def periodic_share(voicing: np.ndarray) -> np.ndarray:
    """(n, FFT / 2 + 1): how much of the power is pulses; the fainter the voice, the lower it ends."""
    hz = np.arange(FFT // 2 + 1) * SAMPLE_RATE_HZ / FFT
    top = 1200.0 + 3300.0 * np.maximum(0.0, (voicing - 0.6) / 0.4)
    return voicing[:, None] / (1.0 + np.exp(np.clip((hz - top[:, None]) / 300.0, -30, 30)))


def synthesise(cepstra: np.ndarray, source: Source, hz: np.ndarray, gain: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sound (F * HOP,) of cepstra (F, CEPSTRA), f0 and gain (F,) per row, and the pulses of `source`."""
    num_rows = len(cepstra)
    length = num_rows * HOP
    out = np.zeros(length + 2 * FFT)
    rows = np.arange(num_rows)
    log_gain = 2.0 * np.log(np.maximum(gain, 1e-5))  # cepstrum 0 is the mean of log power
    levelled = cepstra.astype(np.float64).copy()
    levelled[:, 0] += log_gain

    voicing = source.voicing[::HOP]
    noise = rng.standard_normal(length + 2 * HOP)
    triangle = 1.0 - np.abs(np.arange(2 * HOP) - HOP) / HOP
    pieces = np.stack([noise[r * HOP:(r + 2) * HOP] for r in rows]) * triangle
    shaped = np.fft.irfft(np.fft.rfft(pieces, FFT) * minimum_phase(levelled) * np.sqrt(1.0 - periodic_share(voicing)))
    for row in rows:  # a row's piece is centred on its beginning
        out[row * HOP + FFT - HOP:row * HOP + 2 * FFT - HOP] += shaped[row]

    pulses = source.pulses[(source.pulses >= 0) & (source.pulses < length - 1)]
    at = np.ceil(pulses).astype(int)
    heard = source.voicing[at] > 0.01
    pulses, at = pulses[heard], at[heard]
    if pulses.size:
        place = pulses / HOP
        low = np.minimum(place.astype(int), num_rows - 1)
        high = np.minimum(low + 1, num_rows - 1)
        share = (place - low)[:, None]
        between = levelled[low] * (1.0 - share) + levelled[high] * share
        delay = np.exp(-2j * np.pi * np.arange(FFT // 2 + 1) / FFT * (pulses - np.floor(pulses))[:, None])
        period = SAMPLE_RATE_HZ / hz[low]
        spectra = minimum_phase(between) * np.sqrt(periodic_share(source.voicing[at]) * period[:, None]) * delay
        for start, response in zip(np.floor(pulses).astype(int), np.fft.irfft(spectra)):
            out[start + FFT:start + 2 * FFT] += response
    return out[FFT:FFT + length].astype(np.float32)
