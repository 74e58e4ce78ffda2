"""Audio in, token ids out: reading, levels, mu-law, held-out parts and random crops.

Samples are float32 in [-1, 1] at 16 kHz mono; ids are 0 .. 255.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple

import numpy as np
from scipy.io import wavfile
from scipy.signal import lfilter, resample_poly

SAMPLE_RATE_HZ = 16000
LEVELS = 256
START_TOKEN = 128
MU = 255.0
SILENCE_SAMPLES = 1600
SILENCE_AMPLITUDE = 4e-4  # about two steps of mu-law at zero
MOST_GAPS, GAP_S, GAP_DEVIATION = 3, (0.01, 0.2), 3.5  # of inputs; the deviation in ids, about -64 dB
MOST_DRAWS = 20  # of a crop without silence, before any will do
AUDIO_SUFFIXES = (".wav", ".flac")
RECIPE_FOLDER = Path(__file__).resolve().parent
CHECKOUT = RECIPE_FOLDER.parents[1]


def data_root() -> Path:
    """The folder of source recordings: SASHIMI_DATA, or `shared/data` beside the checkout."""
    return Path(os.environ.get("SASHIMI_DATA", CHECKOUT.parent / "shared" / "data"))


def cache_root() -> Path:
    """Renders and checkpoints: SASHIMI_TRAINING_CACHE, or `.cache/training` in the checkout, which git ignores."""
    return Path(os.environ.get("SASHIMI_TRAINING_CACHE", CHECKOUT / ".cache" / "training"))


def encode_mu_law(samples: np.ndarray) -> np.ndarray:
    """Amplitude in [-1, 1] to ids 0 .. 255, the arithmetic of the official data loader.

    No per-clip minimum and maximum here: levels are set once, when a clip is loaded, so
    that an id means the same amplitude in every clip and in the player.
    """
    clipped = np.clip(samples, -1.0, 1.0)
    curve = np.sign(clipped) * np.log1p(MU * np.abs(clipped + 1e-8)) / np.log1p(MU)
    return np.clip((curve + 1.0) / 2.0 * (LEVELS - 0.01) + 0.005, 0, LEVELS - 1).astype(np.int64)


@dataclass(frozen=True)
class Coding:
    """How a recipe's sound becomes ids: what its `data` section says.

    noise_rms: of the white noise under the sound, so that silence is never one id over and over. From digital silence nothing
    leads back: its next sample is all but certain, and a nucleus makes it quite so.
    emphasis: coefficient of the pre-emphasis, 0 for none. Eight bits carry white noise 38 dB under the sound, and what is high
    in speech and soft textures lies below that; after the player's de-emphasis the noise has about the slope of the sound
    (as LPCNet, Valin and Skoglund 2019, section 3.1).
    """

    noise_rms: float = 0.0
    emphasis: float = 0.0

    @staticmethod
    def of(data: dict) -> "Coding":
        return Coding(data["noiseRms"], data.get("emphasis", 0.0))

    def encode(self, samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Amplitudes (L,) to ids (L,); before the first there is silence."""
        emphasised = samples.copy()
        emphasised[1:] -= self.emphasis * samples[:-1]
        return encode_mu_law(emphasised + self.noise_rms * rng.standard_normal(samples.shape))

    def decode(self, ids: np.ndarray) -> np.ndarray:
        """Ids (..., L) to amplitudes, as the player makes them."""
        return lfilter([1.0], [1.0, -self.emphasis], decode_mu_law(ids)).astype(np.float32)


def decode_mu_law(ids: np.ndarray) -> np.ndarray:
    """Ids 0 .. 255 to amplitude: 128 is 0, 0 is -1, 255 is 0.957 (as the official decoder)."""
    curve = ids / (LEVELS / 2) - 1.0
    return (np.sign(curve) * ((1.0 + MU) ** np.abs(curve) - 1.0) / MU).astype(np.float32)


def read_audio(path: Path) -> np.ndarray:
    """A WAV or FLAC file as float32 mono at 16 kHz; raises ValueError with the file's name."""
    try:
        wav = BytesIO(_decode_flac(path)) if path.suffix.lower() == ".flac" else path
        rate_hz, samples = wavfile.read(wav)
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        raise ValueError(f"cannot read {path} as audio: {error}") from error
    if samples.dtype == np.uint8:
        samples = (samples.astype(np.float32) - 128.0) / 128.0
    elif np.issubdtype(samples.dtype, np.integer):
        samples = samples.astype(np.float64) / -float(np.iinfo(samples.dtype).min)
    if samples.ndim == 2:
        samples = samples.mean(axis=1)
    if rate_hz != SAMPLE_RATE_HZ:
        samples = resample_poly(samples, SAMPLE_RATE_HZ, rate_hz)
    return samples.astype(np.float32)


def _decode_flac(path: Path) -> bytes:
    """The bytes of a WAV file, by whichever of `flac` and `sox` is installed."""
    if shutil.which("flac"):
        command = ["flac", "--decode", "--stdout", "--silent", str(path)]
    elif shutil.which("sox"):
        command = ["sox", str(path), "-t", "wav", "-"]
    else:
        raise ValueError("install `flac` or `sox` to read FLAC files, or convert them to WAV")
    return subprocess.run(command, check=True, capture_output=True).stdout


class Batch(NamedTuple):
    """inputs, targets: (batch, length) ids, see `shift`. cond: frames (batch, F, dim) by input; is_dropped (batch,): rows without."""

    inputs: np.ndarray
    targets: np.ndarray
    cond: dict[str, np.ndarray] = {}
    is_dropped: np.ndarray | None = None


class Window(NamedTuple):
    """A stretch that is only measured on: ids (length,), frames (F, dim) by input."""

    name: str
    weight: float
    ids: np.ndarray
    cond: dict[str, np.ndarray] = {}


@dataclass(frozen=True)
class Clip:
    """One recording: what may be trained on, and what is only measured on.

    16-bit integers keep two hours in 230 MB; `gain` turns them into amplitude in [-1, 1].
    """

    name: str
    weight: float
    gain: float
    train: np.ndarray
    held_out: np.ndarray

    def training_samples(self) -> np.ndarray:
        return self.train * np.float32(self.gain)

    def held_out_samples(self) -> np.ndarray:
        return self.held_out * np.float32(self.gain)


def load_clips(data: dict) -> list[Clip]:
    """The clips of a recipe's `data` section; README.md explains its fields.

    `clips` name files with sampling weights; without it every audio file of `folder` is
    taken, weighted by its length.
    """
    folder = resolve_folder(data["folder"])
    entries = data.get("clips")
    if entries is None:
        paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in AUDIO_SUFFIXES) if folder.is_dir() else []
        if not paths:
            raise FileNotFoundError(f"no WAV or FLAC file in {folder}; README.md says how to get the data")
        entries = [{"file": path.name} for path in paths]
    clips = []
    for entry in entries:
        path = folder / entry["file"]
        if not path.exists():
            raise FileNotFoundError(f"no {path}; set SASHIMI_DATA, README.md says how to get the data")
        clips.append(_make_clip(path.stem, read_audio(path), entry.get("weight"), data))
    return clips


def resolve_folder(name: str) -> Path:
    """`cache:NAME` is below .cache/training, a relative path below SASHIMI_DATA."""
    if name.startswith("cache:"):
        return cache_root() / name[len("cache:"):]
    return data_root() / name  # an absolute path stays as it is


def _make_clip(name: str, samples: np.ndarray, weight: float | None, data: dict) -> Clip:
    """Level and held-out part as the recipe says.

    `level`: {"peakDb": -6} normalises each clip, {"gain": 1.8} scales all alike.
    `heldOut`: {"tail": 0.2} keeps the last fifth of each clip, {"clips": [...]} whole clips.
    """
    level = data["level"]
    peak = float(np.abs(samples).max()) or 1.0
    target = 10.0 ** (level["peakDb"] / 20.0) if "peakDb" in level else min(peak * level["gain"], 1.0)
    whole = np.round(samples / peak * 32767.0).astype(np.int16)
    rule = data["heldOut"]
    if "clips" in rule:
        cut = 0 if name in rule["clips"] else whole.size
    else:
        cut = int(whole.size * (1.0 - rule["tail"]))
    return Clip(name, float(cut if weight is None else weight), target / 32767.0, whole[:cut], whole[cut:])


class CropSampler:
    """Endless random crops of the training parts, chosen by clip weight."""

    def __init__(self, clips: list[Clip], seed: int, gain_jitter_db: float = 0.0,
                 flip_polarity: bool = False, avoid_silence: bool = False):
        self.clips = [clip for clip in clips if clip.train.size]
        weights = np.array([clip.weight for clip in self.clips])
        self.probabilities = weights / weights.sum()
        self.rng = np.random.default_rng(seed)
        self.gain_jitter_db = gain_jitter_db
        self.flip_polarity = flip_polarity
        self.avoid_silence = avoid_silence

    def crop(self, length: int) -> np.ndarray:
        """Amplitudes (length,), without a stretch of silence if that is asked for and found.

        A model that has heard digital silence goes on with it for ever.
        """
        crop = self._any_crop(length)
        for _ in range(MOST_DRAWS if self.avoid_silence else 0):
            if not has_silence(crop):
                break
            crop = self._any_crop(length)
        return crop

    def _any_crop(self, length: int) -> np.ndarray:
        """Amplitudes (length,); a clip shorter than that is repeated."""
        clip = self.clips[self.rng.choice(len(self.clips), p=self.probabilities)]
        train = clip.train
        if train.size < length:
            train = np.tile(train, -(-length // train.size))
        start = self.rng.integers(0, train.size - length + 1)
        gain = clip.gain * 10.0 ** (self.rng.uniform(-1, 1) * self.gain_jitter_db / 20.0)
        if self.flip_polarity and self.rng.random() < 0.5:
            gain = -gain
        return train[start:start + length] * np.float32(gain)

    def log_frequencies(self) -> np.ndarray:
        """(LEVELS,) log probability of each id in the training parts, weighted as sampled."""
        return log_frequencies_of((encode_mu_law(clip.training_samples()), probability)
                                  for clip, probability in zip(self.clips, self.probabilities))

    def examples(self, count: int, length: int) -> Iterator[Batch]:
        """`count` batches of one crop, as from a sampler of its own: the draws of this one are left alone."""
        return examples_of(self, count, length)

    def batch(self, batch: int, length: int) -> Batch:
        targets = np.stack([encode_mu_law(self.crop(length)) for _ in range(batch)])
        return Batch(shift(targets), targets)


def examples_of(sampler: "CropSampler | ConditionedSampler", count: int, length: int) -> Iterator[Batch]:
    """See `CropSampler.examples`; for any sampler with `rng` and `batch`."""
    state = sampler.rng.bit_generator.state
    for _ in range(count):
        yield sampler.batch(1, length)
    sampler.rng.bit_generator.state = state


def log_frequencies_of(sounds: Iterable[tuple[np.ndarray, float]]) -> np.ndarray:
    """(LEVELS,) log probability of each id in sounds (ids, weight)."""
    frequencies = np.full(LEVELS, 1e-6)
    for ids, weight in sounds:
        counts = np.bincount(ids, minlength=LEVELS)
        frequencies += weight * counts / counts.sum()
    return np.log(frequencies / frequencies.sum())


def has_silence(samples: np.ndarray) -> bool:
    """Whether a tenth of a second, on a grid of those, stays within the ids around zero."""
    blocks = samples[:samples.size // SILENCE_SAMPLES * SILENCE_SAMPLES].reshape(-1, SILENCE_SAMPLES)
    return bool((np.abs(blocks).max(axis=1) < SILENCE_AMPLITUDE).any()) if blocks.size else False


def noisy_inputs(rng: np.random.Generator, inputs: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Ids (batch, length) with Gaussian noise of one of `deviations`, in ids, per row.

    Sound says nearly all about its own next sample, so a model hardly listens to its conditioning and
    has never met the slips of its own generation; both want inputs that are not to be trusted (as
    LPCNet's, Valin and Skoglund 2019, section 3.3).
    """
    deviation = rng.choice(deviations, size=(len(inputs), 1))
    noisy = inputs + np.round(deviation * rng.standard_normal(inputs.shape)).astype(np.int64)
    noisy[:, 0] = inputs[:, 0]
    return np.clip(noisy, 0, LEVELS - 1)


def with_gaps(rng: np.random.Generator, inputs: np.ndarray, share: float) -> np.ndarray:
    """Ids (batch, length) in which stretches of `share` of the rows are near silence, while the targets sound on.

    So a model learns that its own silence says nothing where its conditioning asks for sound; else one that
    falls silent by a slip stays so.
    """
    out = inputs.copy()
    for row in np.flatnonzero(rng.random(len(inputs)) < share):
        for _ in range(rng.integers(1, MOST_GAPS + 1)):
            size = int(rng.uniform(*GAP_S) * SAMPLE_RATE_HZ)
            start = int(rng.integers(1 - size, inputs.shape[1]))
            first, last = max(start, 1), min(start + size, inputs.shape[1])
            quiet = START_TOKEN + np.round(GAP_DEVIATION * rng.standard_normal(max(0, last - first)))
            out[row, first:last] = np.clip(quiet, 0, LEVELS - 1).astype(np.int64)
    return out


class ConditionedSampler:
    """Endless crops of sound with the frames that ask for it; the interface of `CropSampler`.

    A subclass makes the crops. drop_share: share of crops without conditioning; input_noise: see `noisy_inputs`.
    """

    FREQUENCY_SAMPLES = 64 * SAMPLE_RATE_HZ
    gap_share = 0.0  # of crops: see `with_gaps`

    def __init__(self, seed: int, drop_share: float, input_noise: tuple[float, ...] = (0.0,)):
        self.rng = np.random.default_rng(seed)
        self.drop_share = drop_share
        self.input_noise = np.array(input_noise)

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Ids (length,) and the frames (F, dim) of every input."""
        raise NotImplementedError

    def log_frequencies(self) -> np.ndarray:
        """(LEVELS,) log probability of each id in a minute of crops; takes nothing from the sampler's own draws."""
        length = 2 * SAMPLE_RATE_HZ
        ids = [batch.targets[0] for batch in self.examples(self.FREQUENCY_SAMPLES // length, length)]
        return log_frequencies_of([(np.concatenate(ids), 1.0)])

    def examples(self, count: int, length: int) -> Iterator[Batch]:
        """As `CropSampler.examples`."""
        return examples_of(self, count, length)

    def batch(self, batch: int, length: int) -> Batch:
        crops = [self.crop(length) for _ in range(batch)]
        targets = np.stack([ids for ids, _ in crops])
        cond = {name: np.stack([frames[name] for _, frames in crops]) for name in crops[0][1]}
        is_dropped = self.rng.random(batch) < self.drop_share
        inputs = noisy_inputs(self.rng, shift(targets), self.input_noise)
        if self.gap_share:
            inputs = with_gaps(self.rng, inputs, self.gap_share)
        return Batch(inputs, targets, cond, is_dropped)


def shift(targets: np.ndarray) -> np.ndarray:
    """x = [128, q0, q1, ...] for y = [q0, q1, ...]: a model begins with the start token."""
    start = np.full_like(targets[:, :1], START_TOKEN)
    return np.concatenate((start, targets[:, :-1]), axis=1)


def held_out_windows(clips: list[Clip], length: int, max_windows: int) -> list[Window]:
    """Evenly spread windows of the held-out parts.

    Every clip gets the same number of windows per second of its held-out part; the weight
    is that of the clip when it is also trained on (textures), else 1 (whole held-out pieces).
    """
    held = [clip for clip in clips if clip.held_out.size >= length]
    if not held:
        return []
    total = sum(clip.held_out.size // length for clip in held)
    stride = max(1.0, total / max_windows)
    windows = []
    for clip in held:
        count = clip.held_out.size // length
        samples = clip.held_out_samples()
        for index in np.unique(np.arange(0, count, stride).astype(int)):
            ids = encode_mu_law(samples[index * length:(index + 1) * length])
            windows.append(Window(clip.name, clip.weight if clip.train.size else 1.0, ids))
    return windows
