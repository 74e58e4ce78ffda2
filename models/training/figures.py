"""The two pictures of a model card: the loss curve, and a spectrogram beside a real one."""

from io import BytesIO
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from data import SAMPLE_RATE_HZ
from metrics import MEL_HOP, power_frames

COLOURS = 128
PICTURE_FLOOR_DB = -100.0
PICTURE_TOP_DB = -30.0


def save_small(figure: plt.Figure, path: Path) -> None:
    """PNG of 128 colours: a spectrogram in full colour would be half a megabyte."""
    picture = BytesIO()
    figure.savefig(picture)
    plt.close(figure)
    Image.open(picture).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def draw_loss(path: Path, history: list, baselines: dict[str, float]) -> None:
    """Bits per sample over samples seen. history rows: (step, samples, seconds, train, held out)."""
    seen = np.array([row[1] for row in history]) / 1e6
    figure, axes = plt.subplots(figsize=(7, 4), dpi=110)
    axes.plot(seen, [row[3] for row in history], label="training, as it went", color="tab:gray")
    axes.plot(seen, [row[4] for row in history], label="held out, averaged weights", color="tab:blue", marker=".")
    for (name, bits), style in zip(baselines.items(), ("--", ":", "-.")):
        axes.axhline(bits, color="tab:red", linestyle=style, linewidth=1, label=f"{name}: {bits:.2f}")
    axes.set_xlabel("samples seen (millions)")
    axes.set_ylabel("bits per sample")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    save_small(figure, path)


def draw_spectrograms(path: Path, sounds: dict[str, np.ndarray], top_hz: float = SAMPLE_RATE_HZ / 2) -> None:
    """One panel per sound, the same scale for all: time in s, frequency in kHz, dB full scale."""
    figure, panels = plt.subplots(len(sounds), 1, figsize=(8, 2.1 * len(sounds) + 0.6), dpi=85,
                                  sharex=True, constrained_layout=True, squeeze=False)
    image = None
    for axes, (title, samples) in zip(panels[:, 0], sounds.items()):
        level_db = 10.0 * np.log10(power_frames(samples).T + 1e-12)
        seconds = level_db.shape[1] * MEL_HOP / SAMPLE_RATE_HZ
        image = axes.imshow(level_db, origin="lower", aspect="auto", cmap="magma", vmin=PICTURE_FLOOR_DB,
                            vmax=PICTURE_TOP_DB, extent=(0.0, seconds, 0.0, SAMPLE_RATE_HZ / 2000.0))
        axes.set_ylim(0.0, top_hz / 1000.0)
        axes.set_title(title, fontsize=9)
        axes.set_ylabel("kHz")
    panels[-1, 0].set_xlabel("seconds")
    figure.colorbar(image, ax=panels[:, 0], label="dB full scale")
    save_small(figure, path)
