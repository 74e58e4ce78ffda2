"""What a recipe trains on and is measured on."""

from pathlib import Path

from class_data import ClassSampler, held_out_class_windows, load_classes
from data import ConditionedSampler, CropSampler, Window, held_out_windows, load_clips
from note_bank import NoteBank
from note_data import NoteSampler, held_out_note_windows, load_performances
from render_piano import DEFAULT_SOUND_FONT
from speech_data import SpeechSampler, held_out_speech_windows, load_speech
from word_data import WordSampler, held_out_word_windows, load_words

MEASURE_LENGTH = 16384  # samples per held-out window while training
MEASURE_WINDOWS = 32


def load_sounds(recipe: dict) -> tuple[CropSampler | ConditionedSampler, list[Window]]:
    """What a recipe trains on and measures on; raises FileNotFoundError or ValueError when the data are not there."""
    data, training = recipe["data"], recipe["training"]
    if "midi" in data:
        train, held = load_performances(data)
        bank = NoteBank(Path(data.get("soundFont", DEFAULT_SOUND_FONT)))
        sampler = NoteSampler(train, bank, data["gain"], training["seed"], training["dropConditioning"],
                              tuple(training["inputNoise"]))
        return sampler, held_out_note_windows(held, bank, data["gain"], MEASURE_LENGTH, MEASURE_WINDOWS)
    if "classes" in data:
        classes = load_classes(data)
        sampler = ClassSampler(classes, training["seed"], training["dropConditioning"], tuple(training["inputNoise"]))
        return sampler, held_out_class_windows(classes, MEASURE_LENGTH, MEASURE_WINDOWS)
    if "speakers" in data:
        train, held = load_speech(data)
        sampler = SpeechSampler(train, len(data["speakers"]), training["seed"], training["dropConditioning"],
                                tuple(training["inputNoise"]))
        return sampler, held_out_speech_windows(held, len(data["speakers"]), MEASURE_LENGTH, MEASURE_WINDOWS)
    if "words" in data:
        train, held = load_words(data)
        sampler = WordSampler(train, len(data["words"]), training["seed"], training["dropConditioning"],
                              tuple(training["inputNoise"]))
        return sampler, held_out_word_windows(held, len(data["words"]), MEASURE_LENGTH, 3 * len(data["words"]))
    clips = load_clips(data)
    sampler = CropSampler(clips, training["seed"], training["gainJitterDb"], training["flipPolarity"],
                          training.get("avoidSilence", False))
    return sampler, held_out_windows(clips, MEASURE_LENGTH, MEASURE_WINDOWS)
