"""Generation by the recurrent step, for figures and measurements.

The sampler is the official one: top-p on the probabilities at temperature 1, then the
temperature. Slow (the engine's native stepper is the fast one); several seeds at once
cost little more than one.
"""

import numpy as np
import torch
from torch import Tensor

from data import START_TOKEN, decode_mu_law
from sashimi import Sashimi


def choose(logits: Tensor, sampling: dict, generator: torch.Generator) -> Tensor:
    """logits (B, levels) to ids (B,)."""
    if sampling["topP"] < 1.0:
        ranked, order = logits.softmax(-1).sort(dim=-1, descending=True)
        before = ranked.cumsum(-1) - ranked
        drop = torch.zeros_like(before, dtype=torch.bool).scatter(-1, order, before >= sampling["topP"])
        logits = logits.masked_fill(drop, float("-inf"))
    probabilities = (logits / sampling["temperature"]).softmax(-1)
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]


@torch.no_grad()
def generate(model: Sashimi, seconds: float, voices: int, seed: int, sampling: dict,
             prompt: np.ndarray | None = None) -> np.ndarray:
    """Amplitudes (voices, L) from the start token, or from after a prompt of ids (L0,)."""
    device = model.decoder.weight.device
    generator = torch.Generator(device).manual_seed(seed)
    model.prepare_step()
    state = model.initial_state(voices)
    ids = torch.full((voices,), START_TOKEN, device=device)
    for token in [] if prompt is None else prompt:
        model.step(ids, state)
        ids = torch.full_like(ids, int(token))
    chosen = []
    for _ in range(int(seconds * 16000)):
        ids = choose(model.step(ids, state), sampling, generator)
        chosen.append(ids)
    return decode_mu_law(torch.stack(chosen, dim=1).cpu().numpy())
