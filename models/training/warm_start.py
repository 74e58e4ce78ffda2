"""Begin a training run with the weights of a bundle instead of random ones.

A bundle keeps the `trained.*` tensors beside the step coefficients, so nothing of the model
is lost in it; what is lost is the optimiser's memory and the place in the run.
"""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import torch

from bundle import architecture
from sashimi import S4D, Sashimi

NUMPY_TYPES = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}


def read_safetensors(blob: bytes) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file by name; raises ValueError for a type that is not trained on."""
    size = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in NUMPY_TYPES:
            raise ValueError(f"{name} is {entry['dtype']}: a quantised bundle cannot be trained on, take the float32 one")
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(blob[begin:end], NUMPY_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def bundle_parameters(model: Sashimi) -> dict[str, torch.Tensor]:
    """Every trained parameter of `model` by its name in a bundle; the tensors are the model's own."""
    names: dict[str, torch.Tensor] = {"embedding.weight": model.embedding.weight}
    modules = {"norm": model.norm, "decoder": model.decoder}
    for direction, pools in (("down", model.down), ("up", model.up)):
        modules.update({f"pool.{direction}.{tier}": pool.linear for tier, pool in enumerate(pools)})
    for cond, projection in model.cond.items():
        for tier, (linear, dropped) in enumerate(zip(projection.tiers, projection.dropped)):
            names[f"cond.{cond}.{tier}.weight"], names[f"cond.{cond}.{tier}.dropped"] = linear.weight, dropped
    deepest = len(model.tiers) - 1
    for tier, pairs in enumerate(model.tiers):
        for index, pair in enumerate(pairs):
            block = f"blocks.center.{index}" if tier == deepest else f"blocks.up.{tier}.{index}"
            modules.update({f"{block}.s4.norm": pair.s4.norm, f"{block}.s4.out": pair.s4.out,
                            f"{block}.ff.norm": pair.ff.norm, f"{block}.ff.in": pair.ff.inner,
                            f"{block}.ff.out": pair.ff.out})
            names.update(_ssm_parameters(f"{block}.s4", pair.s4.ssm))
    for name, module in modules.items():
        names[f"{name}.weight"], names[f"{name}.bias"] = module.weight, module.bias
    return names


def _ssm_parameters(name: str, ssm: S4D) -> dict[str, torch.Tensor]:
    return {f"{name}.D": ssm.D, f"{name}.trained.inv_dt": ssm.inv_dt, f"{name}.trained.A_real": ssm.A_real,
            f"{name}.trained.A_imag": ssm.A_imag, f"{name}.trained.C": ssm.C}


def _is_of(name: str, inputs: set[str]) -> bool:
    """Whether a parameter is the trunk's or that of one of these inputs."""
    return not name.startswith("cond.") or name.split(".")[1] in inputs


@torch.no_grad()
def load_bundle_weights(model: Sashimi, folder: Path) -> dict:
    """Copy the bundle's trained tensors into `model`; raises ValueError and changes nothing if they do not fit.

    Inputs that steer this model and not the bundle's keep what they begin with.
    Returns where the weights come from, for the provenance of what is trained from them:
    `name`, `sha256` and `samplesSeen` of the bundle.
    """
    try:
        manifest = json.loads((folder / "model.json").read_text())
        blob = (folder / manifest["weights"]["file"]).read_bytes()
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder} is no bundle that can be read: {error}") from error
    wanted = architecture(model.config)
    theirs = manifest["architecture"]
    different = [f"{key}: {theirs.get(key)} in the bundle, {wanted[key]} in the recipe"
                 for key in wanted if theirs.get(key) != wanted[key]]
    if different:
        raise ValueError(f"{folder} has another architecture than the recipe ({'; '.join(different)})")
    tensors, parameters = read_safetensors(blob), bundle_parameters(model)
    known = {entry["name"] for entry in manifest["conditioning"]}
    parameters = {name: parameter for name, parameter in parameters.items() if _is_of(name, known)}
    missing = sorted(set(parameters) - set(tensors))
    if missing:
        raise ValueError(f"{folder} lacks {', '.join(missing[:3])}: it was made without its trained tensors")
    for name, parameter in parameters.items():
        if tensors[name].size != parameter.numel():
            raise ValueError(f"{folder}: {name} has shape {list(tensors[name].shape)}, not {list(parameter.shape)}")
    for name, parameter in parameters.items():
        parameter.copy_(torch.from_numpy(tensors[name].copy()).reshape(parameter.shape))
    return {"name": manifest["name"], "sha256": hashlib.sha256(blob).hexdigest(),
            "samplesSeen": manifest.get("provenance", {}).get("samplesSeen", 0)}
