#!/usr/bin/env python3
"""What `words` and `voice` are trained on, in a few megabytes: for a machine without the recordings, flite and network.

    python3 pack_corpora.py --pack /tmp/corpora            # here, from .cache/training
    python3 pack_corpora.py --unpack /tmp/corpora          # there, into .cache/training

Cepstra lose a little: they are rounded to 0.01, which is 0.2 dB of a spectrum. All else stays as it is.
"""

import argparse
import lzma
import sys
from io import BytesIO
from pathlib import Path

import numpy as np

from data import cache_root

CORPORA = ("word-steps-240-0.33", "speech-slt-rms-awb-240-1", "speech-slt-rms-awb-12-2-held-out")
STEP = 0.01  # of cepstra
DELTAS = ("cepstra-high", "cepstra-low")  # bytes of what changes from row to row, coefficient by coefficient
PRESET = 4  # of lzma


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """Arrays of a corpus, with `cepstra` (rows, coefficients) among them, compressed."""
    rounded = np.round(arrays["cepstra"].astype(np.float32) / STEP).astype(np.int32)
    deltas = np.diff(rounded, axis=0, prepend=0).T
    if np.abs(deltas).max() > np.iinfo(np.int16).max:
        raise ValueError("cepstra change by more than 327 from row to row")
    words = deltas.astype("<u2")
    rest = {name: array for name, array in arrays.items() if name != "cepstra"}
    whole = BytesIO()
    np.savez(whole, **rest, **dict(zip(DELTAS, ((words >> 8).astype(np.uint8), (words & 255).astype(np.uint8)))))
    return lzma.compress(whole.getvalue(), preset=PRESET)


def unpacked(content: bytes) -> dict[str, np.ndarray]:
    """The arrays that `packed` was given, cepstra as float16."""
    with np.load(BytesIO(lzma.decompress(content))) as file:
        arrays = {name: file[name] for name in file.files}
    high, low = (arrays.pop(name).astype(np.uint16) for name in DELTAS)
    deltas = ((high << 8) | low).view(np.int16).T
    return {**arrays, "cepstra": (np.cumsum(deltas, axis=0, dtype=np.int32) * np.float32(STEP)).astype(np.float16)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--pack", type=Path, metavar="FOLDER", help="write FOLDER from .cache/training")
    what.add_argument("--unpack", type=Path, metavar="FOLDER", help="write .cache/training from FOLDER")
    args = parser.parse_args()
    for name in CORPORA:
        loose = cache_root() / f"{name}.npz"
        if args.pack:
            if not loose.exists():
                print(f"no {loose}: train `words` and `voice` for a minute first", file=sys.stderr)
                return 1
            args.pack.mkdir(parents=True, exist_ok=True)
            with np.load(loose) as file:
                content = packed({key: file[key] for key in file.files})
            (args.pack / f"{name}.npz.xz").write_bytes(content)
            print(f"{name}: {len(content) / 1e6:.1f} MB")
        else:
            loose.parent.mkdir(parents=True, exist_ok=True)
            np.savez(loose, **unpacked((args.unpack / f"{name}.npz.xz").read_bytes()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
