#!/usr/bin/env python3
"""Write the held-out sounds that a bundle is measured against into BUNDLE/held-out. README.md has the command.

`sashimi eval texture`, `eval words` and `eval voice` read them; docs/eval.md says what is in held-out.json.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from class_data import load_classes
from data import SAMPLE_RATE_HZ, resolve_folder
from speech_data import as_spoken, load_speech, make_prosody, render
from speech_rows import PHONES
from word_data import held_out_speakers, load_words

LONGEST_CLASS_S = 10.0
CLIPS_PER_WORD = 20
UTTERANCES_PER_SPEAKER = 4
GAP = 1600  # samples between clips in one file


def write_wav(path: Path, samples: np.ndarray) -> None:
    wavfile.write(path, SAMPLE_RATE_HZ, np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16))


def classes(data: dict, out: Path) -> dict:
    sources = sources_of(resolve_folder(data["folder"]) / "textures.csv")
    sounds = []
    for sound, entry in zip(load_classes(data), data["classes"]):
        share = LONGEST_CLASS_S / len(sound.held_out)
        parts = [part[:round(share * SAMPLE_RATE_HZ)] for part in sound.held_out]
        write_wav(out / f"{sound.label}.wav", np.concatenate(parts))
        rows = [sources[Path(name).stem] for name in entry["files"]]
        sounds.append({"file": f"{sound.label}.wav", "label": sound.label,
                       "licence": "; ".join(sorted({row["licence"] for row in rows})),
                       "source": "; ".join(row["source"] for row in rows)})
    return {"kind": "classes", "noiseRms": data["noiseRms"], "sounds": sounds}


def sources_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def words(data: dict, out: Path) -> dict:
    _, held = load_words(data)
    speakers = held_out_speakers(data)
    sounds = []
    for number, word in enumerate(data["words"]):
        chosen = [(clip, speaker) for clip, speaker in zip(held, speakers) if clip.word == number]
        chosen = [chosen[i] for i in np.linspace(0, len(chosen) - 1, min(CLIPS_PER_WORD, len(chosen))).astype(int)]
        parts, clips, start = [], [], 0
        for clip, speaker in chosen:
            clips.append({"start": start, "numSamples": int(clip.samples.size), "speaker": speaker})
            parts += [clip.samples, np.zeros(GAP, np.float32)]
            start += clip.samples.size + GAP
        write_wav(out / f"{word}.wav", np.concatenate(parts))
        sounds.append({"file": f"{word}.wav", "label": word, "clips": clips, "licence": "CC-BY-4.0",
                       "source": "Pete Warden, Speech Commands (Google), cut and levelled"})
    return {"kind": "words", "sounds": sounds}


def speech(data: dict, out: Path) -> dict:
    """Utterances of words that training never hears; of each speaker half as flite says them, half sung or otherwise changed."""
    _, held = load_speech(data)
    rng = np.random.default_rng(4)
    utterances = []
    for speaker, name in enumerate(data["speakers"]):
        own = [u for u in held if u.speaker == speaker][:UTTERANCES_PER_SPEAKER]
        for index, utterance in enumerate(own):
            prosody = make_prosody(utterance, rng) if index % 2 else as_spoken(utterance)
            count = int(prosody.ends[-1])
            sound, cond = render(utterance, prosody, 0, count, len(data["speakers"]), rng)
            file = f"{name}-{index + 1}.wav"
            write_wav(out / file, sound)
            octaves = cond["speech"][:, len(PHONES)].astype(float)
            utterances.append({
                "file": file, "speaker": name, "text": utterance.text,
                "phones": [{"phone": PHONES[p], "endMs": int(end) * 4} for p, end in zip(utterance.phones, prosody.ends)],
                "pitchHz": [round(float(hz), 2) for hz in 110.0 * 2.0**octaves],
                "loudness": [round(float(value), 3) for value in cond["speech"][:, -1]]})
    return {"kind": "speech", "licence": "CMU flite's voices slt, rms and awb (BSD-like)", "utterances": utterances}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    args = parser.parse_args()
    data = json.loads(args.config.read_text())["data"]
    write = classes if "classes" in data else words if "words" in data else speech if "speakers" in data else None
    if write is None:
        parser.error(f"{args.config} has no classes, words or speakers to hold out")
    folder = args.out / "held-out"
    folder.mkdir(parents=True, exist_ok=True)
    index = write(data, folder)
    (folder / "held-out.json").write_text(json.dumps(index, separators=(",", ":")) + "\n")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"wrote {folder}: {len(list(folder.glob('*.wav')))} files, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
