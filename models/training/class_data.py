"""Training pairs of a model whose sound is a mix of classes: ids, and the class weights that asked for them.

`class-weights` of docs/conditioning.md: a row holds the share of each class in the power of the sound,
so a class alone at weight w sounds sqrt(w) as loud as its recordings, and no weight at all is silence.
"""

from dataclasses import dataclass

import numpy as np

from data import SAMPLE_RATE_HZ, Coding, ConditionedSampler, Window, read_audio, resolve_folder

HOP = 64  # samples per row, 250 Hz
FLATTEN_S = 0.25  # window of the level that `flatten` takes out
LEAST_LEVEL = 1e-4
MOST_PEAK = 0.9
JOIN_S = 0.15  # cross-fade where a short recording is repeated
SHORTEST_RAMP_S, LONGEST_RAMP_S = 0.02, 4.0
MOVING_SHARE = 0.5  # of crops, which go from one mix to another
FULL_SHARE, SILENT_SHARE = 0.7, 0.15  # of mixes; silence so often that the way out of it is learned


@dataclass(frozen=True)
class SoundClass:
    """The recordings of a class as amplitudes, all at the recipe's level, drawn `weight` times as often; `held_out` is only measured on."""

    label: str
    weight: float
    train: list[np.ndarray]
    held_out: list[np.ndarray]


def load_classes(data: dict) -> list[SoundClass]:
    """The classes of a recipe's `data` section, in the order of the model's labels; README.md explains the fields."""
    folder = resolve_folder(data["folder"])
    classes = []
    for entry in data["classes"]:
        train, held = [], []
        for name in entry["files"]:
            path = folder / name
            if not path.exists():
                raise FileNotFoundError(f"no {path}; set SASHIMI_DATA, README.md says how to get the data")
            samples = read_audio(path)
            if "seconds" in entry:
                samples = samples[: round(entry["seconds"] * SAMPLE_RATE_HZ)]
            if entry.get("flatten"):
                samples = flattened(samples)
            samples = levelled(samples - samples.mean(), data["rmsDb"])
            cut = int(samples.size * (1.0 - data["heldOut"]["tail"]))
            train.append(samples[:cut])
            held.append(samples[cut:])
        classes.append(SoundClass(entry["label"], entry.get("weight", 1.0), train, held))
    return classes


def flattened(samples: np.ndarray) -> np.ndarray:
    """The recording at one level throughout: what fades away sounds on. For tones, not for what knocks and crackles."""
    size = round(FLATTEN_S * SAMPLE_RATE_HZ)
    window = np.hanning(size)
    power = np.convolve(samples.astype(np.float64)**2, window / window.sum(), mode="same")
    reach = np.convolve(np.ones(samples.size), window / window.sum(), mode="same")
    return (samples / np.sqrt(power / reach + LEAST_LEVEL**2)).astype(np.float32)


def levelled(samples: np.ndarray, rms_db: float) -> np.ndarray:
    """RMS at `rms_db`, or less where a peak would pass MOST_PEAK by more than 6 dB; what still does is bent round."""
    gain = 10.0 ** (rms_db / 20.0) / max(float(np.sqrt((samples.astype(np.float64)**2).mean())), LEAST_LEVEL)
    gain = min(gain, 2.0 * MOST_PEAK / float(np.abs(samples).max()))
    scaled = samples * gain
    over = np.abs(scaled) > MOST_PEAK / 2
    bent = MOST_PEAK / 2 * (1.0 + np.tanh(np.abs(scaled) / (MOST_PEAK / 2) - 1.0))
    return np.where(over, np.sign(scaled) * bent, scaled).astype(np.float32)


class ClassSampler(ConditionedSampler):
    """Endless crops of one class, of several at once, and of one that becomes another."""

    def __init__(self, classes: list[SoundClass], coding: Coding, seed: int, drop_share: float, input_noise: tuple[float, ...]):
        super().__init__(seed, drop_share, input_noise)
        self.classes = classes
        self.coding = coding
        weights = np.array([sound.weight for sound in classes])
        self.probabilities = weights / weights.sum()

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Ids (length,) and the rows of `classes`; `length` is a multiple of HOP."""
        weights = self._weights(length // HOP)
        mix = np.zeros(length, np.float32)
        times = np.arange(length) / HOP
        for index in np.flatnonzero(weights.any(axis=0)):
            gain = np.sqrt(np.interp(times, np.arange(len(weights)), weights[:, index]))
            mix += (gain * self._excerpt(self.classes[index], length)).astype(np.float32)
        return self.coding.encode(mix, self.rng), {"classes": weights}

    def _excerpt(self, sound: SoundClass, length: int) -> np.ndarray:
        sizes = np.array([samples.size for samples in sound.train], float)
        samples = sound.train[self.rng.choice(len(sizes), p=sizes / sizes.sum())]
        if samples.size < length:
            samples = repeated(samples, length + samples.size)
        start = self.rng.integers(0, samples.size - length + 1)
        return samples[start:start + length] * (1 if self.rng.random() < 0.5 else -1)

    def _weights(self, num_frames: int) -> np.ndarray:
        """Rows (num_frames, classes): steady, or on the way from one mix to another."""
        rows = np.repeat(self._mix()[None], num_frames, axis=0)
        if self.rng.random() < MOVING_SHARE:
            first = self.rng.integers(-num_frames // 2, num_frames)
            ramp = np.exp(self.rng.uniform(np.log(SHORTEST_RAMP_S), np.log(LONGEST_RAMP_S))) * SAMPLE_RATE_HZ / HOP
            place = np.clip((np.arange(num_frames) - first) / ramp, 0.0, 1.0)[:, None]
            rows = rows * (1.0 - place) + self._mix() * place
        return rows.astype(np.float32)

    def _mix(self) -> np.ndarray:
        """A row: one class, two, or a few; most often all of its power, sometimes less, sometimes none."""
        weights = np.zeros(len(self.classes))
        count = self.rng.choice((1, 2, 3), p=(0.6, 0.3, 0.1))
        chosen = self.rng.choice(len(weights), count, replace=False, p=self.probabilities)
        weights[chosen] = self.rng.dirichlet(np.ones(count))
        draw = self.rng.random()
        return weights * (1.0 if draw < FULL_SHARE else 0.0 if draw < FULL_SHARE + SILENT_SHARE else self.rng.uniform(0.0, 1.0))


def repeated(samples: np.ndarray, length: int) -> np.ndarray:
    """At least `length` samples of a recording over and over, cross-faded where it begins again."""
    join = min(round(JOIN_S * SAMPLE_RATE_HZ), samples.size // 3)
    fade = np.sqrt(np.linspace(0.0, 1.0, join, dtype=np.float32))
    body = samples[join:-join]
    loop = np.concatenate((samples[-join:] * fade[::-1] + samples[:join] * fade, body))
    return np.tile(loop, -(-length // loop.size))


def held_out_class_windows(classes: list[SoundClass], coding: Coding, length: int, most: int) -> list[Window]:
    """Windows of the held-out parts, each class alone and as many of each; short ones are repeated."""
    per_class = max(1, most // len(classes))
    windows, rng = [], np.random.default_rng(3)
    for index, sound in enumerate(classes):
        samples = np.concatenate(sound.held_out)
        if samples.size < length:
            samples = repeated(samples, length)
        weights = np.zeros((length // HOP, len(classes)), np.float32)
        weights[:, index] = 1.0
        for start in np.linspace(0, samples.size - length, min(per_class, samples.size // length)).astype(int):
            ids = coding.encode(samples[start:start + length], rng)
            windows.append(Window(sound.label, 1.0, ids, {"classes": weights}))
    return windows
