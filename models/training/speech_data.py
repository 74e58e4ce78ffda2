"""Training pairs of the voice: ids, and the phones, pitch, loudness and speaker that asked for them.

Flite says the words; how fast, how high and how loud is made up here, from plain speech to song.
"""

from typing import NamedTuple

import numpy as np

from data import SAMPLE_RATE_HZ, Coding, ConditionedSampler, Window
from speech_corpus import Utterance, load_corpus
from speech_rows import HOP, PHONES, Segment, phone_weights, speech_rows, speech_source
from vocoder import ANALYSIS_HOP, CEPSTRA, synthesise

VOWELS = frozenset(PHONES.index(p) for p in "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split())
ROWS_PER_S = SAMPLE_RATE_HZ // HOP
EDGE_S = 0.045  # of a lengthened vowel, at each end, which keeps its pace
LOWEST_HZ, HIGHEST_HZ = 75.0, 440.0
LEAD_ROWS = 12  # before a crop, so that what rings from there is heard
SUNG_SHARE, CURVE_SHARE = 0.4, 0.2  # of utterances; the rest keep the melody of speech
FROM_START_SHARE = 0.5  # of crops
QUIETER_SHARE = 0.4
MODE_SPOKEN, MODE_SUNG, MODE_CURVE = range(3)


class Prosody(NamedTuple):
    """How an utterance is said. ends (P,): rows at which phones end; places (F,): envelopes, fractional; f0, loudness (F,)."""

    ends: np.ndarray
    places: np.ndarray
    f0: np.ndarray
    loudness: np.ndarray


def stretch(utterance: Utterance, rng: np.random.Generator, is_sung: bool) -> tuple[np.ndarray, np.ndarray]:
    """(ends, places) of `Prosody`: another pace, other lengths; sung vowels are held."""
    starts = np.concatenate(([0.0], utterance.ends_s[:-1]))
    lengths = np.maximum(utterance.ends_s - starts, 0.01)
    factors = np.exp(rng.uniform(np.log(0.75), np.log(1.5))) * np.exp(0.12 * rng.standard_normal(len(lengths)))
    if is_sung:
        held = np.array([phone in VOWELS for phone in utterance.phones]) & (rng.random(len(lengths)) < 0.8)
        factors = np.where(held, factors * np.exp(rng.uniform(0.0, np.log(6.0), len(lengths))), factors)
    ends = np.maximum(1, np.round(np.cumsum(lengths * factors) * ROWS_PER_S)).astype(int)
    times = np.arange(ends[-1]) / ROWS_PER_S
    knots_to, knots_from = [0.0], [0.0]
    for index, end in enumerate(ends):
        first, last = knots_to[-1], end / ROWS_PER_S
        edge = min(EDGE_S, lengths[index] / 3, (last - first) / 3)
        knots_to += [first + edge, last - edge, last]
        knots_from += [starts[index] + edge, utterance.ends_s[index] - edge, utterance.ends_s[index]]
    places = np.interp(times, knots_to, knots_from) * SAMPLE_RATE_HZ / ANALYSIS_HOP
    return ends, np.clip(places, 0, len(utterance.f0) - 1)


def song(ends: np.ndarray, phones: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """f0 (F,): a note per vowel, from one to the next in a glide, with vibrato now and then."""
    count = int(ends[-1])
    semitones = np.zeros(count)
    note = rng.uniform(*(12.0 * np.log2(np.array((LOWEST_HZ + 10, HIGHEST_HZ - 40)) / 110.0)))
    start = 0
    for phone, end in zip(phones, ends):
        if phone in VOWELS:
            note += rng.choice((-7, -5, -4, -3, -2, -1, 0, 0, 1, 2, 3, 4, 5, 7))
            if not 85.0 < 110.0 * 2.0 ** (note / 12.0) < 400.0:
                note = rng.uniform(-4.0, 22.0)
        semitones[start:end] = note
        start = end
    glide = max(1, round(rng.uniform(0.01, 0.12) * ROWS_PER_S))
    semitones = np.convolve(np.pad(semitones, (glide, glide), mode="edge"), np.ones(glide) / glide, mode="same")[glide:-glide]
    if rng.random() < 0.5:
        depth = rng.uniform(0.0, 0.7)
        semitones = semitones + depth * np.sin(2 * np.pi * rng.uniform(4.0, 7.0) * np.arange(count) / ROWS_PER_S)
    return 110.0 * 2.0 ** (semitones / 12.0)


def curve(count: int, rng: np.random.Generator) -> np.ndarray:
    """f0 (F,): anywhere, smoothly."""
    knots = max(2, count // 60 + 2)
    octaves = np.interp(np.linspace(0, knots - 1, count), np.arange(knots),
                        rng.uniform(*np.log2((LOWEST_HZ, HIGHEST_HZ)), knots))
    return 2.0**octaves


def make_prosody(utterance: Utterance, rng: np.random.Generator) -> Prosody:
    mode = rng.choice(3, p=(1.0 - SUNG_SHARE - CURVE_SHARE, SUNG_SHARE, CURVE_SHARE))
    ends, places = stretch(utterance, rng, mode == MODE_SUNG)
    if mode == MODE_SUNG:
        f0 = song(ends, utterance.phones, rng)
    elif mode == MODE_CURVE:
        f0 = curve(len(places), rng)
    else:
        f0 = np.interp(places, np.arange(len(utterance.f0)), utterance.f0) * 2.0 ** (rng.uniform(-8, 8) / 12.0)
    loudness = np.ones(len(places))
    if rng.random() < QUIETER_SHARE:
        knots = rng.uniform(0.25, 1.0, 3)
        loudness = np.interp(np.linspace(0, 2, len(places)), np.arange(3), knots)
    return Prosody(ends, places, np.clip(f0, LOWEST_HZ, HIGHEST_HZ), loudness)


def as_spoken(utterance: Utterance) -> Prosody:
    """Just as flite said it."""
    count = int(round(utterance.ends_s[-1] * ROWS_PER_S))
    places = np.clip(np.arange(count) * HOP / ANALYSIS_HOP, 0, len(utterance.f0) - 1)
    f0 = np.interp(places, np.arange(len(utterance.f0)), utterance.f0)
    return Prosody(np.round(utterance.ends_s * ROWS_PER_S).astype(int), places, np.clip(f0, LOWEST_HZ, HIGHEST_HZ), np.ones(count))


def render(utterance: Utterance, prosody: Prosody, first: int, count: int, num_speakers: int, rng: np.random.Generator
           ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Amplitudes and conditioning of the rows [first, first + count); silence after the end. The phase is 0 at row `first`."""
    segments = [Segment(int(phone), int(end)) for phone, end in zip(utterance.phones, prosody.ends)]
    segments.append(Segment(0, int(prosody.ends[-1]) + 1))
    weights = phone_weights(segments, first + count)
    last = len(prosody.places) - 1
    index = np.minimum(np.arange(first + count), last)
    rows = speech_rows(weights[first:], prosody.f0[index[first:]], prosody.loudness[index[first:]])
    lead = min(LEAD_ROWS, first)
    hz = prosody.f0[index[first - lead:]]
    source = speech_source(speech_rows(weights[first - lead:], hz, np.ones(count + lead)), lead)
    places = prosody.places[index[first - lead:]]
    low = places.astype(int)
    high = np.minimum(low + 1, len(utterance.cepstra) - 1)
    share = (places - low)[:, None]
    cepstra = utterance.cepstra[low] * (1.0 - share) + utterance.cepstra[high] * share
    gain = prosody.loudness[index[first - lead:]] ** 2
    gain = np.where(np.arange(first - lead, first + count) > last, 0.0, gain)
    sound = synthesise(cepstra, source, hz, gain, rng)[lead * HOP:]
    speaker = np.zeros((count, num_speakers), np.float32)
    speaker[:, utterance.speaker] = 1.0
    return sound, {"speech": rows, "source": source.rows[lead * HOP:], "speaker": speaker}


class SpeechSampler(ConditionedSampler):
    """Endless crops of speech and song; the interface of `CropSampler`."""

    def __init__(self, corpus: list[Utterance], num_speakers: int, coding: Coding, seed: int, drop_share: float,
                 input_noise: tuple[float, ...]):
        super().__init__(seed, drop_share, input_noise)
        self.coding = coding
        self.corpus = corpus
        self.num_speakers = num_speakers

    def crop(self, length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Ids (length,) and the frames of all inputs; `length` is a multiple of HOP."""
        utterance = self.corpus[self.rng.integers(len(self.corpus))]
        prosody = make_prosody(utterance, self.rng)
        count = length // HOP
        first = 0 if self.rng.random() < FROM_START_SHARE else int(self.rng.integers(0, max(1, len(prosody.places) - count // 2)))
        sound, cond = render(utterance, prosody, first, count, self.num_speakers, self.rng)
        return self.coding.encode(sound, self.rng), cond


def load_speech(data: dict) -> tuple[list[Utterance], list[Utterance]]:
    """(to train on, held out): the held-out ones are made of words that training never hears."""
    speakers = data["speakers"]
    return (load_corpus(speakers, data["perSpeaker"], 1, held_out=False), load_corpus(speakers, data["heldOutPerSpeaker"], 2, held_out=True))


def held_out_speech_windows(held: list[Utterance], num_speakers: int, coding: Coding, length: int, most: int) -> list[Window]:
    """The beginnings of held-out utterances, spoken and sung in turn."""
    rng = np.random.default_rng(3)
    windows = []
    for index in range(min(most, len(held))):
        utterance = held[index * len(held) // min(most, len(held))]
        prosody = make_prosody(utterance, rng) if index % 2 else as_spoken(utterance)
        sound, cond = render(utterance, prosody, 0, length // HOP, num_speakers, rng)
        windows.append(Window(utterance.text, 1.0, coding.encode(sound, rng), cond))
    return windows
