"""Flite's voices as phones, envelopes and pitch: the material from which the voice's training sound is made.

Debian's `flite` (CMU, BSD-like licence) with its voices slt, rms and awb says texts of our own; its phone end times are true to 5 ms.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data import SAMPLE_RATE_HZ, cache_root, read_audio
from speech_rows import PHONES
from speech_text import make_text
from vocoder import ANALYSIS_HOP, envelopes, track_pitch

VOICED_RMS_DB = -20.0  # of each speaker, over what has a pitch
PACKAGE = "install `flite` to make speech (Debian: apt-get install flite)"


@dataclass(frozen=True)
class Utterance:
    """What flite said: phones (P,) by number, ends_s (P,), f0 (E,) in Hz without gaps, cepstra (E, CEPSTRA), E envelopes 5 ms apart."""

    speaker: int
    text: str
    phones: np.ndarray
    ends_s: np.ndarray
    f0: np.ndarray
    cepstra: np.ndarray


def speak(speaker: str, text: str, wav: Path) -> tuple[list[str], list[float]]:
    """Lets flite say `text` into `wav`; returns the phones and when they end, in seconds."""
    if not shutil.which("flite"):
        raise FileNotFoundError(PACKAGE)
    told = subprocess.run(["flite", "-voice", speaker, "-t", text, "-psdur", "-o", str(wav)],
                          check=True, capture_output=True, text=True).stdout
    pairs = [pair.rsplit(":", 1) for pair in told.split()]
    return [phone for phone, _ in pairs], [float(end) for _, end in pairs]


def analyse(speaker: int, text: str, phones: list[str], ends_s: list[float], samples: np.ndarray) -> Utterance:
    count = samples.size // ANALYSIS_HOP
    tracked = track_pitch(samples, count)
    voiced = np.flatnonzero(tracked)
    f0 = np.interp(np.arange(count), voiced, tracked[voiced]) if voiced.size else np.full(count, 120.0)
    numbers = np.array([PHONES.index(phone) for phone in phones])
    return Utterance(speaker, text, numbers, np.array(ends_s), f0, envelopes(samples, tracked))


def load_corpus(speakers: list[str], per_speaker: int, seed: int, held_out: bool) -> list[Utterance]:
    """`per_speaker` utterances of each speaker, made by flite on first use and kept in .cache/training."""
    path = cache_root() / f"speech-{'-'.join(speakers)}-{per_speaker}-{seed}{'-held-out' if held_out else ''}.npz"
    if not path.exists():
        _write_corpus(path, _make_corpus(speakers, per_speaker, seed, held_out))
    return _read_corpus(path)


def _make_corpus(speakers: list[str], per_speaker: int, seed: int, held_out: bool) -> list[Utterance]:
    rng = np.random.default_rng(seed)
    corpus = []
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        for index, speaker in enumerate(speakers):
            said = []
            for _ in range(per_speaker):
                text = make_text(rng, held_out)
                phones, ends_s = speak(speaker, text, wav)
                said.append(analyse(index, text, phones, ends_s, read_audio(wav)))
            corpus += _levelled(said)
    return corpus


def _levelled(said: list[Utterance]) -> list[Utterance]:
    """One speaker's utterances with the mean power of their vowels at VOICED_RMS_DB. Cepstrum 0 is the mean log power, so a gain is a sum."""
    vowels = [PHONES.index(phone) for phone in ("aa", "ae", "eh", "iy", "ow", "er")]
    powers = []
    for utterance in said:
        times = np.arange(len(utterance.cepstra)) * ANALYSIS_HOP / SAMPLE_RATE_HZ
        place = np.minimum(np.searchsorted(utterance.ends_s, times), len(utterance.phones) - 1)
        spectra = np.exp(np.fft.rfft(_folded(utterance.cepstra[np.isin(utterance.phones[place], vowels)]), axis=1).real)
        powers.append(spectra.mean(axis=1))
    shift = np.log(10.0 ** (VOICED_RMS_DB / 10.0)) - np.log(np.concatenate(powers).mean())
    for utterance in said:
        utterance.cepstra[:, 0] += shift
    return said


def _folded(cepstra: np.ndarray) -> np.ndarray:
    """Rows whose real spectrum is the log power that the cepstra stand for."""
    whole = np.zeros((len(cepstra), 512))
    whole[:, :cepstra.shape[1]] = cepstra
    whole[:, 1:cepstra.shape[1]] *= 2.0
    return whole


def _write_corpus(path: Path, corpus: list[Utterance]) -> None:
    arrays: dict[str, np.ndarray] = {
        "speaker": np.array([u.speaker for u in corpus]), "text": np.array([u.text for u in corpus]),
        "counts": np.array([(len(u.phones), len(u.f0)) for u in corpus]),
        "phones": np.concatenate([u.phones for u in corpus]), "ends_s": np.concatenate([u.ends_s for u in corpus]),
        "f0": np.concatenate([u.f0 for u in corpus]).astype(np.float32),
        "cepstra": np.concatenate([u.cepstra for u in corpus]).astype(np.float16)}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial.npz")
    np.savez(beside, **arrays)
    beside.replace(path)


def _read_corpus(path: Path) -> list[Utterance]:
    with np.load(path) as arrays:
        held = {name: arrays[name] for name in arrays.files}
    phone_ends, frame_ends = np.cumsum(held["counts"], axis=0).T
    corpus = []
    for index, (phone_end, frame_end) in enumerate(zip(phone_ends, frame_ends)):
        phones = slice(phone_end - held["counts"][index, 0], phone_end)
        frames = slice(frame_end - held["counts"][index, 1], frame_end)
        corpus.append(Utterance(int(held["speaker"][index]), str(held["text"][index]), held["phones"][phones],
                                held["ends_s"][phones], held["f0"][frames], held["cepstra"][frames].astype(np.float32)))
    return corpus
