"""What a recipe trains on and is measured on."""

from pathlib import Path

from class_data import ClassSampler, held_out_class_windows, load_classes
from data import Coding, ConditionedSampler, CropSampler, Window, held_out_windows, load_clips
from speech_data import SpeechSampler, held_out_speech_windows, load_speech
from word_data import WordSampler, held_out_word_windows, load_word_parts

MEASURE_LENGTH = 16384  # samples per held-out window while training
MEASURE_WINDOWS = 32


def load_sounds(recipe: dict, length: int = MEASURE_LENGTH, most: int = MEASURE_WINDOWS
                ) -> tuple[CropSampler | ConditionedSampler, list[Window]]:
    """What a recipe trains on, and about `most` held-out windows of `length` samples to measure on.

    Raises FileNotFoundError or ValueError when the data are not there.
    """
    sampler, windows = _load(recipe, length, most)
    if isinstance(sampler, ConditionedSampler):
        sampler.gap_share = recipe["training"].get("inputGaps", 0.0)
    return sampler, windows


def _load(recipe: dict, length: int, most: int) -> tuple[CropSampler | ConditionedSampler, list[Window]]:
    data, training = recipe["data"], recipe["training"]
    conditioned = (training["seed"], training.get("dropConditioning"), tuple(training.get("inputNoise", ())))
    if "midi" in data:
        from note_bank import NoteBank  # only music needs mido and fluidsynth
        from note_data import NoteSampler, held_out_note_windows, load_performances
        from render_piano import DEFAULT_SOUND_FONT
        train, held = load_performances(data)
        bank = NoteBank(Path(data.get("soundFont", DEFAULT_SOUND_FONT)))
        sampler = NoteSampler(train, bank, data["gain"], *conditioned)
        return sampler, held_out_note_windows(held, bank, data["gain"], length, most)
    if "classes" in data:
        classes = load_classes(data)
        sampler = ClassSampler(classes, Coding.of(data), *conditioned)
        return sampler, held_out_class_windows(classes, Coding.of(data), length, most)
    if "speakers" in data:
        train, held = load_speech(data)
        sampler = SpeechSampler(train, len(data["speakers"]), Coding.of(data), *conditioned)
        return sampler, held_out_speech_windows(held, len(data["speakers"]), Coding.of(data), length, most)
    if "words" in data:
        train, held = load_word_parts(data)
        sampler = WordSampler(train, len(data["words"]), Coding.of(data), *conditioned)
        return sampler, held_out_word_windows(held, len(data["words"]), Coding.of(data), length, most)
    clips = load_clips(data)
    sampler = CropSampler(clips, training["seed"], training["gainJitterDb"], training["flipPolarity"],
                          training.get("avoidSilence", False))
    return sampler, held_out_windows(clips, length, most)
