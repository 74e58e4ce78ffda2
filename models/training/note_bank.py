"""The grand piano note by note: any music from single tones of FluidR3, to the sample.

fluidsynth plays every key once; after that music is a sum of those tones, a thousand times
faster than real time, with every onset on its frame. That is what fluidsynth itself would do:
without reverb and chorus its voices do not know of each other, and this grand has one timbre,
whose gain is the square of the velocity (`test_training.py` holds the sum against a rendering
by fluidsynth).
"""

import tempfile
from pathlib import Path

import mido
import numpy as np

from data import cache_root
from note_roll import HOP, LOWEST_PITCH, NUM_KEYS, SAMPLE_RATE_HZ, Strike
from render_piano import FELT_HZ, render_midi

TONE_VELOCITY = 124
TONE_S = 6.0  # held; a longer note ends with a fade
FADE_S = 0.5
GAP_S = 1.5  # between two tones, for the release
DAMPER_TAU_S = 0.0552  # FluidR3's release falls by 158 dB per second
TICKS_PER_S = 1000


def write_performance(path: Path, notes: list[tuple], pedals: list[tuple], end_s: float) -> None:
    """Notes (on_s, off_s, pitch, velocity) and pedal values (time_s, value) as a MIDI file, one tick per millisecond."""
    timed = [(round(on * TICKS_PER_S), 2, mido.Message("note_on", note=p, velocity=v)) for on, _, p, v in notes]
    timed += [(round(off * TICKS_PER_S), 0, mido.Message("note_off", note=p)) for _, off, p, _ in notes]
    timed += [(round(t * TICKS_PER_S), 1, mido.Message("control_change", control=64, value=v)) for t, v in pedals]
    timed.sort(key=lambda event: event[:2])
    track, now = mido.MidiTrack(), 0
    track.append(mido.MetaMessage("set_tempo", tempo=500000))
    for tick, _, message in timed:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, round(end_s * TICKS_PER_S) - now)))
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_S // 2)
    file.tracks.append(track)
    file.save(path)


def read_performance(path: Path) -> tuple[list[tuple], list[tuple]]:
    """(notes, pedals) of a MIDI file, all channels together, as `write_performance` takes them."""
    notes, pedals, open_notes, now = [], [], {}, 0.0
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "control_change" and message.control == 64:
            pedals.append((now, message.value))
        if message.type not in ("note_on", "note_off"):
            continue
        if message.note in open_notes:
            on, velocity = open_notes.pop(message.note)
            notes.append((on, now, message.note, velocity))
        if message.type == "note_on" and message.velocity > 0:
            open_notes[message.note] = (now, message.velocity)
    notes += [(on, now, note, velocity) for note, (on, velocity) in open_notes.items()]
    return sorted(notes), pedals


def render_tones(sound_font: Path) -> np.ndarray:
    """(NUM_KEYS, samples) float32: every key struck with TONE_VELOCITY and held for TONE_S."""
    stride_s = TONE_S + GAP_S
    notes = [(key * stride_s, key * stride_s + TONE_S + 0.1, LOWEST_PITCH + key, TONE_VELOCITY)
             for key in range(NUM_KEYS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tones.mid"
        write_performance(path, notes, [], NUM_KEYS * stride_s)
        sound = render_midi(path, sound_font, FELT_HZ)
    stride, length = round(stride_s * SAMPLE_RATE_HZ), round(TONE_S * SAMPLE_RATE_HZ)
    tones = np.stack([sound[key * stride:key * stride + length] for key in range(NUM_KEYS)])
    fade = np.minimum(1.0, (TONE_S - np.arange(length) / SAMPLE_RATE_HZ) / FADE_S)
    return (tones * fade).astype(np.float32)


class NoteBank:
    """Tones (keys, samples), float32: made once, then read from the cache."""

    def __init__(self, sound_font: Path):
        path = cache_root() / "note-bank.npy"
        if not path.exists():
            if not sound_font.exists():
                raise FileNotFoundError(f"no sound font at {sound_font}: install fluidsynth and fluid-soundfont-gm")
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".partial.npy")
            np.save(beside, render_tones(sound_font))
            beside.rename(path)
        self.tones = np.load(path)

    def render(self, strikes: list[Strike], first: int, count: int) -> np.ndarray:
        """(count * HOP) float32 samples of the frames from `first` on."""
        out = np.zeros(count * HOP, np.float32)
        begin, end = first * HOP, (first + count) * HOP
        length = self.tones.shape[1]
        for strike in strikes:
            onset = strike.onset * HOP
            a, b = max(onset, begin), min(onset + length, end)
            if strike.release is not None:
                b = min(b, strike.release * HOP + round(12 * DAMPER_TAU_S * SAMPLE_RATE_HZ))
            if a >= b:
                continue
            gain = np.float32((strike.velocity / TONE_VELOCITY) ** 2)
            tone = self.tones[strike.pitch - LOWEST_PITCH, a - onset:b - onset] * gain
            if strike.release is not None and b > strike.release * HOP:
                damped = max(strike.release * HOP, a)
                time_s = (np.arange(damped, b) - strike.release * HOP) / SAMPLE_RATE_HZ
                tone[damped - a:] *= np.exp(-time_s / DAMPER_TAU_S).astype(np.float32)
            out[a - begin:b - begin] += tone
        return out
