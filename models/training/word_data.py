"""Training pairs of a model that says words: ids, and the `word-steps` and `word-source` that asked for them.

The clips are taken apart into envelope and voicing, and put together again at pitches of our own, by the pulses that the model is told.
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data import SAMPLE_RATE_HZ, Coding, ConditionedSampler, Window, cache_root, read_audio, resolve_folder
from speech_rows import PHONES, PITCH_ZERO_HZ, speech_source
from time_warp import aligned
from vocoder import ANALYSIS_HOP, CEPSTRA, envelopes, synthesise, track_pitch
from word_steps import HOP, WORD_FRAMES, WordEvent, pitch_rows, word_rows

FRAME = 320  # samples, 20 ms: grid on which the spoken part is looked for
SPOKEN_DB = -26.0  # of the loudest frame; and at least so far above the quietest:
ABOVE_NOISE_DB = 9.0
BEFORE_S, AFTER_S = 0.04, 0.08  # around the spoken part
LONGEST_ROWS = 275  # of what is taken of a clip
FADE_IN_S, FADE_OUT_S = 0.01, 0.04
STOP_FADE_ROWS = 5
QUIETEST_LOG_POWER = 6.0  # 26 dB below the loud part of a clip: where it begins and ends
VOICED_UP_TO = 0.25  # aperiodicity; the clips are noisy
VOICED_THROUGH_ROWS = 8  # of a gap in the voice that is the tracker's, not the speaker's
MOST_PEAK = 0.9
AT_ONCE_SHARE = 0.6  # of crops, which begin in silence with a word soon after
STOPPED_SHARE = 0.2  # of words that are stopped before they end
LONGEST_PAUSE = 60  # rows between words, a quarter of a second
INTERRUPTED_SHARE = 0.15  # of words into which another one falls


@dataclass(frozen=True)
class Spoken:
    """One clip, cut to what is said and at the recipe's level."""

    word: int
    samples: np.ndarray


@dataclass(frozen=True)
class WordParts:
    """A clip taken apart, in the rows of a word: cepstra (WORD_FRAMES, CEPSTRA) of its envelope, voicing (WORD_FRAMES,) 0 to 1."""

    word: int
    cepstra: np.ndarray
    voicing: np.ndarray


class Said(NamedTuple):
    """A word from row `frame` on, `rest` rows of it; `is_stopped`: then it is stopped, else it ends or another follows."""

    frame: int
    parts: WordParts
    height: float
    rest: int
    is_stopped: bool


def take_apart(spoken: Spoken) -> WordParts:
    """In rows of 4 ms, as many as the clip has."""
    count = spoken.samples.size // ANALYSIS_HOP
    f0 = track_pitch(spoken.samples, count, VOICED_UP_TO)
    cepstra = envelopes(spoken.samples, f0)
    places = np.minimum(np.arange(spoken.samples.size // HOP) * HOP / ANALYSIS_HOP, count - 1)
    nearest = np.round(places).astype(int)
    voiced = np.convolve(f0 > 0, np.ones(5) / 5, mode="same")
    return WordParts(spoken.word, cepstra[nearest].astype(np.float16), np.where(voiced > 0.5, 1.0, 0.0)[nearest])


def stretched(word: int, cepstra: np.ndarray, voicing: np.ndarray) -> WordParts:
    """A clip of any length as one of WORD_FRAMES: so that the place in the word says what is said there."""
    loud = np.flatnonzero(cepstra[:, 0] > np.percentile(cepstra[:, 0], 90) - QUIETEST_LOG_POWER)
    nearest = np.round(np.linspace(loud[0], loud[-1], WORD_FRAMES)).astype(int)
    return WordParts(word, cepstra[nearest], voicing[nearest])


def clearest(parts: list[WordParts], share: float) -> list[WordParts]:
    """That share of the clips which has the most voice, and the least noise between it, half as important; in their order.

    What a microphone far off has recorded is whispered by the vocoder, and no row tells the model which kind of clip is meant.
    """
    voiced = np.array([p.voicing.mean() for p in parts])
    above_noise = np.array([p.cepstra[:, 0].max() - np.percentile(p.cepstra[:, 0], 5) for p in parts])
    ranks = voiced.argsort().argsort() + 0.5 * above_noise.argsort().argsort()
    return [parts[i] for i in np.sort(np.argsort(-ranks)[:max(1, round(share * len(parts)))])]


def voiced_through(voicing: np.ndarray) -> np.ndarray:
    """Voicing (rows,) without the short gaps."""
    out, voiced = voicing.copy(), np.flatnonzero(voicing > 0.5)
    for first, last in zip(voiced[:-1], voiced[1:]):
        if last - first <= VOICED_THROUGH_ROWS:
            out[first:last] = 1.0
    return out


def load_word_parts(data: dict) -> tuple[list[WordParts], list[WordParts]]:
    """(to train on, held out) of `load_words`, at most `perWord` of each word: the `clearest` of them, brought into step.

    Made once and kept in .cache/training, as what they were taken apart into is: both are to be deleted when what makes them changes.
    """
    path = cache_root() / f"word-steps-{data['perWord']}-{data.get('clearest', 1.0)}.npz"
    if not path.exists():
        train, held = in_step(*parts_taken_apart(data), len(data["words"]), data.get("clearest", 1.0))
        save_parts(path, train, held)
    return read_parts(path)


def parts_taken_apart(data: dict) -> tuple[list[WordParts], list[WordParts]]:
    """(to train on, held out) as long as the clips are."""
    path = cache_root() / f"word-parts-{data['perWord']}.npz"
    if not path.exists():
        train, held = load_words(data)
        chosen = [spoken for word in range(len(data["words"]))
                  for spoken in [s for s in train if s.word == word][:data["perWord"]]]
        save_parts(path, [take_apart(spoken) for spoken in chosen], [take_apart(spoken) for spoken in held])
    return read_parts(path)


def save_parts(path: Path, train: list[WordParts], held: list[WordParts]) -> None:
    """Written beside, then renamed; cepstra as float16."""
    parts = [*train, *held]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial.npz")
    np.savez(beside, word=[p.word for p in parts], rows=[len(p.voicing) for p in parts], numTrain=len(train),
             cepstra=np.concatenate([p.cepstra for p in parts]).astype(np.float16),
             voicing=np.concatenate([p.voicing for p in parts]))
    beside.replace(path)


def read_parts(path: Path) -> tuple[list[WordParts], list[WordParts]]:
    """What `save_parts` wrote: (to train on, held out)."""
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    parts = [WordParts(int(word), kept["cepstra"][end - rows:end].astype(np.float32), kept["voicing"][end - rows:end])
             for word, rows, end in zip(kept["word"], kept["rows"], np.cumsum(kept["rows"]))]
    return parts[:int(kept["numTrain"])], parts[int(kept["numTrain"]):]


def in_step(train: list[WordParts], held: list[WordParts], num_words: int, share: float) -> tuple[list[WordParts], list[WordParts]]:
    """The clearest of each, all as long as a word and brought into step with those that are trained on."""
    whole = [[stretched(p.word, p.cepstra, voiced_through(p.voicing)) for p in parts] for parts in (train, held)]
    placed_train, placed_held = [], []
    for word in range(num_words):
        own, others = (clearest([p for p in parts if p.word == word], share) for parts in whole)
        rows_of = aligned([p.cepstra for p in own], [p.cepstra for p in others])
        placed = [WordParts(word, p.cepstra[rows], p.voicing[rows]) for p, rows in zip([*own, *others], rows_of)]
        placed_train += placed[:len(own)]
        placed_held += placed[len(own):]
    return placed_train, placed_held


def load_words(data: dict) -> tuple[list[Spoken], list[Spoken]]:
    """(to train on, held out) of a recipe's `data`; whole speakers are held out, a tenth of them or so."""
    recordings = {word: read_audio(resolve_folder(data["folder"]) / f"{word}.flac") for word in data["words"]}
    train, held = [], []
    for row in _listed_clips(data):
        start = int(row["start_sample"])
        clip = recordings[row["word"]][start:start + int(row["n_samples"])]
        spoken = Spoken(data["words"].index(row["word"]), cut_to_speech(clip, data["rmsDb"]))
        (held if is_held_out(row["speaker"]) else train).append(spoken)
    return train, held


def held_out_speakers(data: dict) -> list[str]:
    """Who says each of the held-out clips of `load_words`."""
    return [row["speaker"] for row in _listed_clips(data) if is_held_out(row["speaker"])]


def _listed_clips(data: dict) -> list[dict[str, str]]:
    index = resolve_folder(data["folder"]) / "clips.csv"
    if not index.exists():
        raise FileNotFoundError(f"no {index}; set SASHIMI_DATA, README.md says how to get the data")
    with index.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["word"] in data["words"]]


def is_held_out(speaker: str) -> bool:
    return hashlib.sha256(speaker.encode()).digest()[0] < 26


def cut_to_speech(clip: np.ndarray, rms_db: float) -> np.ndarray:
    """The spoken part of a clip, at most as long as a word may last, faded at both ends, its RMS at `rms_db`."""
    clip = clip - clip.mean()
    frames = clip[:clip.size // FRAME * FRAME].reshape(-1, FRAME)
    level_db = 10.0 * np.log10((frames**2).mean(axis=1) + 1e-10)
    floor_db = np.percentile(level_db, 10) + ABOVE_NOISE_DB
    loud = np.flatnonzero(level_db > max(level_db.max() + SPOKEN_DB, min(floor_db, level_db.max() - 6.0)))
    first = max(0, loud[0] * FRAME - round(BEFORE_S * SAMPLE_RATE_HZ))
    last = min(clip.size, (loud[-1] + 1) * FRAME + round(AFTER_S * SAMPLE_RATE_HZ), first + LONGEST_ROWS * HOP)
    level = np.sqrt((frames[loud]**2).mean())
    spoken = clip[first:last] * min(10.0 ** (rms_db / 20.0) / level, MOST_PEAK / np.abs(clip[first:last]).max())
    fade_in, fade_out = round(FADE_IN_S * SAMPLE_RATE_HZ), round(FADE_OUT_S * SAMPLE_RATE_HZ)
    spoken[:fade_in] *= np.linspace(0.0, 1.0, fade_in)
    spoken[-fade_out:] *= np.linspace(1.0, 0.0, fade_out)
    return spoken.astype(np.float32)


class WordSampler(ConditionedSampler):
    """Endless crops of words and pauses, each word at a pitch of its own; some are stopped, some give way to the next."""

    def __init__(self, parts: list[WordParts], num_words: int, coding: Coding, seed: int, drop_share: float,
                 input_noise: tuple[float, ...]):
        super().__init__(seed, drop_share, input_noise)
        self.coding = coding
        self.by_word = [[p for p in parts if p.word == word] for word in range(num_words)]

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Ids (length,) and the rows of `words` and `source`; `length` is a multiple of HOP."""
        num_frames = length // HOP
        frame = int(self.rng.integers(0, 40) if self.rng.random() < AT_ONCE_SHARE else self.rng.integers(-WORD_FRAMES, 60))
        said: list[Said] = []
        while frame < num_frames:
            word = int(self.rng.integers(len(self.by_word)))
            parts = self.by_word[word][self.rng.integers(len(self.by_word[word]))]
            rest, draw = len(parts.cepstra), self.rng.random()
            is_stopped, is_interrupted = draw < STOPPED_SHARE, STOPPED_SHARE <= draw < STOPPED_SHARE + INTERRUPTED_SHARE
            if is_stopped or is_interrupted:
                rest = int(self.rng.integers(10, max(11, rest)))
            said.append(Said(frame, parts, float(self.rng.random()), rest, is_stopped))
            frame += rest + (0 if is_interrupted else int(self.rng.integers(0, LONGEST_PAUSE)))
        sound, cond = render_words(said, len(self.by_word), num_frames, self.rng)
        return self.coding.encode(sound, self.rng), cond


def render_words(said: list[Said], num_words: int, num_frames: int, rng: np.random.Generator
                 ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Amplitudes (num_frames * HOP,) and conditioning of words that are said one after the other."""
    events = []
    cepstra, voicing, gain = np.zeros((num_frames, CEPSTRA)), np.zeros(num_frames), np.zeros(num_frames)
    for frame, parts, height, rest, is_stopped in said:
        events.append(WordEvent(frame, parts.word, height))
        if is_stopped:
            events.append(WordEvent(frame + rest, None))
        rows = np.arange(max(frame, 0), min(frame + min(rest + STOP_FADE_ROWS, len(parts.cepstra)), num_frames))
        cepstra[rows], voicing[rows] = parts.cepstra[rows - frame], parts.voicing[rows - frame]
        gain[rows] = np.clip((frame + rest + STOP_FADE_ROWS - rows) / STOP_FADE_ROWS, 0.0, 1.0)
    pitch = pitch_rows(events, num_frames)
    source = speech_source(pitch)
    hz = PITCH_ZERO_HZ * 2.0 ** pitch[:, len(PHONES)].astype(np.float64)
    sound = synthesise(cepstra, source._replace(voicing=np.repeat(voicing, HOP)), hz, gain, rng)
    return sound, {"words": word_rows(events, num_words, num_frames), "source": source.rows}


def held_out_word_windows(held: list[WordParts], num_words: int, coding: Coding, length: int, most: int) -> list[Window]:
    """One held-out clip per window, the words in turn, each from the window's eighth row on."""
    windows, rng = [], np.random.default_rng(3)
    by_word = [[p for p in held if p.word == word] for word in range(num_words)]
    for index in range(most):
        parts = by_word[index % num_words][index // num_words * 7 % len(by_word[index % num_words])]
        sound, cond = render_words([Said(8, parts, rng.random(), len(parts.cepstra), False)], num_words, length // HOP, rng)
        windows.append(Window(f"{index}", 1.0, coding.encode(sound, rng), cond))
    return windows
