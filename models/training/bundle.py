"""Write a trained model as a bundle: model.json and weights.safetensors.

docs/bundle-format.md defines both. The step coefficients are computed in float64 and
stored as float32, so that a reader solves nothing.
"""

import copy
import hashlib
import json
import os
import struct
from pathlib import Path

import numpy as np
import torch

from data import LEVELS, SAMPLE_RATE_HZ, START_TOKEN
from sashimi import S4D, Sashimi, SashimiConfig

SAFETENSORS_TYPES = {np.dtype("float32"): "F32", np.dtype("int64"): "I64"}


def safetensors_bytes(tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> bytes:
    """The safetensors container: 8 bytes of header length, a JSON header, then raw data.

    The header is padded with spaces so that the data begins at a multiple of 8 bytes.
    """
    header: dict = {"__metadata__": metadata} if metadata else {}
    blobs, offset = [], 0
    for name, tensor in tensors.items():
        blob = np.ascontiguousarray(tensor).tobytes()
        header[name] = {"dtype": SAFETENSORS_TYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)


def bundle_tensors(model: Sashimi) -> dict[str, np.ndarray]:
    """Every tensor of the format, by its name there, as float32."""
    model = copy.deepcopy(model).double().cpu()
    tensors: dict[str, torch.Tensor] = {"embedding.weight": model.embedding.weight}
    for direction, pools in (("down", model.down), ("up", model.up)):
        for tier, pool in enumerate(pools):
            _put_affine(tensors, f"pool.{direction}.{tier}", pool.linear)
    for name, projection in model.cond.items():
        for tier, (linear, dropped) in enumerate(zip(projection.tiers, projection.dropped)):
            tensors[f"cond.{name}.{tier}.weight"], tensors[f"cond.{name}.{tier}.dropped"] = linear.weight, dropped
    deepest = len(model.tiers) - 1
    for tier, pairs in enumerate(model.tiers):
        for index, pair in enumerate(pairs):
            block = f"blocks.center.{index}" if tier == deepest else f"blocks.up.{tier}.{index}"
            _put_affine(tensors, f"{block}.s4.norm", pair.s4.norm)
            _put_ssm(tensors, f"{block}.s4", pair.s4.ssm)
            _put_affine(tensors, f"{block}.s4.out", pair.s4.out)
            _put_affine(tensors, f"{block}.ff.norm", pair.ff.norm)
            _put_affine(tensors, f"{block}.ff.in", pair.ff.inner)
            _put_affine(tensors, f"{block}.ff.out", pair.ff.out)
    _put_affine(tensors, "norm", model.norm)
    _put_affine(tensors, "decoder", model.decoder)
    return {name: tensor.detach().numpy().astype(np.float32) for name, tensor in tensors.items()}


def _put_affine(tensors: dict, name: str, module: torch.nn.Module) -> None:
    tensors[f"{name}.weight"], tensors[f"{name}.bias"] = module.weight, module.bias


def _put_ssm(tensors: dict, name: str, ssm: S4D) -> None:
    ssm.prepare_step()
    tensors[f"{name}.ssm.a"] = torch.view_as_real(ssm.step_a)
    tensors[f"{name}.ssm.c"] = torch.view_as_real(ssm.step_c)
    tensors[f"{name}.D"] = ssm.D
    tensors[f"{name}.trained.inv_dt"] = ssm.inv_dt
    tensors[f"{name}.trained.A_real"] = ssm.A_real
    tensors[f"{name}.trained.A_imag"] = ssm.A_imag
    ones = torch.zeros(1, *ssm.A_real.shape, 2)
    ones[..., 0] = 1.0  # B is not trained: only its product with C counts in a diagonal layer
    tensors[f"{name}.trained.B"] = ones
    tensors[f"{name}.trained.C"] = ssm.C[None]


def architecture(config: SashimiConfig) -> dict:
    """The `architecture` object of model.json."""
    return {
        "family": "sashimi", "dModel": config.d_model, "numLayers": config.num_layers,
        "pool": list(config.pool), "expand": config.expand, "ff": config.ff,
        "unet": False, "bidirectional": False, "norm": "layer", "outputActivation": "glu",
        "ssm": {"kind": "s4d", "conjugatePairs": config.conjugate_pairs, "numSsm": config.num_ssm,
                "dtTransform": "exp", "realTransform": "exp", "discretisation": "zoh"},
    }


def conditioning(config: SashimiConfig) -> list[dict]:
    """The `conditioning` list of model.json."""
    return [{"name": spec.name, "dim": spec.dim, "rateHz": SAMPLE_RATE_HZ // spec.hop,
             **({"kind": spec.kind} if spec.kind else {}),
             **({"labels": list(spec.labels)} if spec.labels else {})} for spec in config.conditioning]


def write_bundle(folder: Path, model: Sashimi, recipe: dict, provenance: dict,
                 watchdog: dict | None = None) -> None:
    """Write both files into `folder`; each appears whole, by rename, the weights first."""
    weights = safetensors_bytes(bundle_tensors(model))
    manifest = {
        "format": "sashimi-live/bundle", "formatVersion": 1,
        "name": recipe["name"], "title": recipe["title"], "description": recipe["description"],
        "architecture": architecture(model.config),
        "sampleRate": SAMPLE_RATE_HZ,
        "quantiser": {"kind": "mu-law", "levels": LEVELS, "startToken": START_TOKEN},
        "conditioning": conditioning(model.config),
        "sampling": recipe["sampling"],
        **({"emphasis": recipe["data"]["emphasis"]} if recipe["data"].get("emphasis") else {}),
        **({"watchdog": watchdog} if watchdog else {}),
        "weights": {"file": "weights.safetensors", "bytes": len(weights),
                    "sha256": hashlib.sha256(weights).hexdigest()},
        "licence": recipe["licence"],
        "provenance": provenance,
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    for name, content in (("weights.safetensors", weights), ("model.json", text)):
        beside = folder / f".{name}.partial"
        beside.write_bytes(content)
        os.replace(beside, folder / name)
