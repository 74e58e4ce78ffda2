"""Training pairs of a model that says words: ids, and the `word-steps` rows that asked for them."""

import csv
import hashlib
from dataclasses import dataclass

import numpy as np

from data import SAMPLE_RATE_HZ, ConditionedSampler, Window, encode_over_noise, read_audio, resolve_folder
from word_steps import HOP, STEP_FRAMES, WORD_FRAMES, WordEvent, word_rows

FRAME = 320  # samples, 20 ms: grid on which the spoken part is looked for
SPOKEN_DB = -26.0  # of the loudest frame; and at least so far above the quietest:
ABOVE_NOISE_DB = 9.0
BEFORE_S, AFTER_S = 0.04, 0.08  # around the spoken part
FADE_IN_S, FADE_OUT_S = 0.01, 0.04
STOP_FADE_S = 0.02
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
    last = min(clip.size, (loud[-1] + 1) * FRAME + round(AFTER_S * SAMPLE_RATE_HZ), first + (WORD_FRAMES - STEP_FRAMES) * HOP)
    level = np.sqrt((frames[loud]**2).mean())
    spoken = clip[first:last] * min(10.0 ** (rms_db / 20.0) / level, MOST_PEAK / np.abs(clip[first:last]).max())
    fade_in, fade_out = round(FADE_IN_S * SAMPLE_RATE_HZ), round(FADE_OUT_S * SAMPLE_RATE_HZ)
    spoken[:fade_in] *= np.linspace(0.0, 1.0, fade_in)
    spoken[-fade_out:] *= np.linspace(1.0, 0.0, fade_out)
    return spoken.astype(np.float32)


class WordSampler(ConditionedSampler):
    """Endless crops of words and pauses; some words are stopped, some give way to the next."""

    def __init__(self, spoken: list[Spoken], num_words: int, noise_rms: float, seed: int, drop_share: float,
                 input_noise: tuple[float, ...]):
        super().__init__(seed, drop_share, input_noise)
        self.noise_rms = noise_rms
        self.by_word = [[s for s in spoken if s.word == word] for word in range(num_words)]

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Ids (length,) and the rows of `words`; `length` is a multiple of HOP."""
        num_frames = length // HOP
        frame = self.rng.integers(0, 40) if self.rng.random() < AT_ONCE_SHARE else self.rng.integers(-WORD_FRAMES, 60)
        samples, events = np.zeros(length, np.float32), []
        while frame < num_frames:
            word = int(self.rng.integers(len(self.by_word)))
            spoken = self.by_word[word][self.rng.integers(len(self.by_word[word]))].samples
            events.append(WordEvent(int(frame), word))
            rest, draw = int(np.ceil(spoken.size / HOP)), self.rng.random()
            if draw < STOPPED_SHARE + INTERRUPTED_SHARE:
                rest = int(self.rng.integers(10, max(11, rest)))
                spoken = stopped(spoken, rest * HOP)
                if draw < STOPPED_SHARE:
                    events.append(WordEvent(int(frame + rest), None))
            add_at(samples, spoken, int(frame) * HOP)
            is_interrupted = STOPPED_SHARE <= draw < STOPPED_SHARE + INTERRUPTED_SHARE
            frame += rest + (0 if is_interrupted else self.rng.integers(0, LONGEST_PAUSE))
        return encode_over_noise(samples, self.noise_rms, self.rng), {"words": word_rows(events, len(self.by_word), num_frames)}


def stopped(spoken: np.ndarray, at: int) -> np.ndarray:
    """Fades out from sample `at` on."""
    fade = round(STOP_FADE_S * SAMPLE_RATE_HZ)
    cut = spoken[:at + fade].copy()
    tail = cut[at:]
    tail *= np.linspace(1.0, 0.0, fade)[:tail.size]
    return cut


def add_at(samples: np.ndarray, part: np.ndarray, start: int) -> None:
    """Adds what of `part`, placed at `start`, falls inside."""
    first, last = max(start, 0), min(start + part.size, samples.size)
    if first < last:
        samples[first:last] += part[first - start:last - start]


def held_out_word_windows(held: list[Spoken], num_words: int, noise_rms: float, length: int, most: int) -> list[Window]:
    """One held-out clip per window, the words in turn, each from the window's eighth row on."""
    windows, rng = [], np.random.default_rng(3)
    by_word = [[s for s in held if s.word == word] for word in range(num_words)]
    for index in range(most):
        word = index % num_words
        clips = by_word[word]
        samples = np.zeros(length, np.float32)
        add_at(samples, clips[index // num_words * 7 % len(clips)].samples, 8 * HOP)
        rows = word_rows([WordEvent(8, word)], num_words, length // HOP)
        windows.append(Window(f"{index}", 1.0, encode_over_noise(samples, noise_rms, rng), {"words": rows}))
    return windows
