"""SaShiMi with S4D layers: the trainable convolution form and the recurrent step.

Goel, Gu, Donahue, Re, "It's Raw! Audio Generation with State-Space Models", 2022,
section 4 (the multi-tier backbone); Gu, Gupta, Goel, Re, "On the Parameterization and
Initialization of Diagonal State Space Models", 2022, section 3 (S4D, its zero-order
hold and the S4D-Lin initialisation). Written from the papers for this project.

Shapes: B batch, L time (frames of the tier), H width of the tier, N conjugate pairs.
Activations are channels-last, (B, L, H). Tier k is `d_model * expand**k` wide and runs
once per `pool[0] * ... * pool[k-1]` samples.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

COND_STD = 0.1  # of initial projections: conditioning frames hold a few numbers of about 1
FINE_STEPS = 64  # short side of the two-level table of powers; divides every tier's L, or L is smaller


@dataclass(frozen=True)
class CondInput:
    """A named conditioning input: frames of `dim` numbers, one per `hop` samples. labels: what it is asked for by name."""

    name: str
    dim: int
    hop: int
    kind: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class SashimiConfig:
    """Everything that fixes the tensors' shapes; see docs/bundle-format.md for the words."""

    d_model: int = 32
    num_layers: int = 2
    pool: tuple[int, ...] = (4, 4)
    expand: int = 2
    ff: int = 2
    conjugate_pairs: int = 16
    num_ssm: int = 32
    levels: int = 256
    start_token: int = 128
    dt_min: float = 0.001
    dt_max: float = 0.1
    conditioning: tuple[CondInput, ...] = ()

    @property
    def total_pool(self) -> int:
        """Samples per frame of the deepest tier: lengths must be multiples of it."""
        return math.prod(self.pool)

    def width(self, tier: int) -> int:
        return self.d_model * self.expand**tier

    def period(self, tier: int) -> int:
        """Samples per frame of a tier."""
        return math.prod(self.pool[:tier])


def powers(log_pole: Tensor, count: int, stride: int = 1) -> tuple[Tensor, Tensor]:
    """Real and imaginary part of `exp(log_pole * stride * j)`, j = 0 .. count-1.

    `log_pole` is (H, N, 2), (re, im); both results are (H, N, count).
    """
    exponent = torch.arange(count, dtype=log_pole.dtype, device=log_pole.device) * stride
    decay = torch.exp(log_pole[..., 0:1] * exponent)
    phase = log_pole[..., 1:2] * exponent
    return decay * torch.cos(phase), decay * torch.sin(phase)


class S4D(nn.Module):
    """A diagonal state-space layer: y[t] = sum_l k[l] u[t-l] + D u[t].

    Continuous poles A = -exp(a_real) - i a_imag (the sign convention of S4 version 4),
    step dt = exp(inv_dt), B = 1. With the zero-order hold the kernel is
    k[l] = 2 Re sum_n C_n (exp(dt A_n) - 1) / A_n * exp(dt A_n)**l   (S4D, section 3.1).
    """

    def __init__(self, width: int, config: SashimiConfig):
        super().__init__()
        pairs, num_ssm = config.conjugate_pairs, min(config.num_ssm, width)
        if width % num_ssm:
            raise ValueError(f"numSsm {num_ssm} must divide the width {width}")
        span = math.log(config.dt_max) - math.log(config.dt_min)
        self.inv_dt = nn.Parameter(torch.rand(width, 1) * span + math.log(config.dt_min))
        self.A_real = nn.Parameter(torch.full((num_ssm, pairs), math.log(0.5)))
        self.A_imag = nn.Parameter(-math.pi * torch.arange(pairs).float().repeat(num_ssm, 1))
        self.C = nn.Parameter(torch.randn(width, pairs, 2) * math.sqrt(0.5))
        self.D = nn.Parameter(torch.randn(width))
        self.slow_parameters = [self.inv_dt, self.A_real, self.A_imag]

    def coefficients(self) -> tuple[Tensor, Tensor]:
        """(log_pole, c): a = exp(log_pole) and c are the step's numbers, each (H, N, 2).

        c holds the factor 2 of the conjugate half and the zero-order hold of B = 1, so
        that the step is x <- a x + u, y = sum_n Re(c_n x_n) + D u.
        """
        tiles = self.C.shape[0] // self.A_real.shape[0]
        re = -torch.exp(self.A_real).repeat(tiles, 1)
        im = -self.A_imag.repeat(tiles, 1)
        dt = torch.exp(self.inv_dt)
        log_pole = torch.stack((dt * re, dt * im), dim=-1)
        pole_re, pole_im = powers(log_pole, 2)
        hold_re, hold_im = pole_re[..., 1] - 1.0, pole_im[..., 1]
        square = re * re + im * im
        hold_re, hold_im = (hold_re * re + hold_im * im) / square, (hold_im * re - hold_re * im) / square
        c_re, c_im = self.C[..., 0], self.C[..., 1]
        c = torch.stack((c_re * hold_re - c_im * hold_im, c_re * hold_im + c_im * hold_re), dim=-1)
        return log_pole, 2.0 * c

    def kernel(self, length: int) -> Tensor:
        """The impulse response (H, length), D included as part of tap 0.

        a**(64 j + i) = (a**64)**j * a**i: two short tables and one real matrix product
        in place of H*N*length complex exponentials.
        """
        log_pole, c = self.coefficients()
        fine = min(FINE_STEPS, length)
        coarse = -(-length // fine)
        coarse_re, coarse_im = powers(log_pole, coarse, fine)
        fine_re, fine_im = powers(log_pole, fine)
        c_re, c_im = c[..., 0:1], c[..., 1:2]
        left = torch.cat((c_re * coarse_re - c_im * coarse_im, -(c_re * coarse_im + c_im * coarse_re)), dim=1)
        right = torch.cat((fine_re, fine_im), dim=1)
        taps = torch.bmm(left.transpose(1, 2), right).reshape(len(c), -1)[:, :length]
        return torch.cat((taps[:, :1] + self.D[:, None], taps[:, 1:]), dim=1)

    def forward(self, u: Tensor) -> Tensor:
        """(B, L, H) to (B, L, H): causal convolution, by FFT at length 2 L.

        Mixed precision stops here: powers of poles and spectra need all of float32.
        """
        length = u.shape[1]
        with torch.autocast(u.device.type, enabled=False):
            kernel_f = torch.fft.rfft(self.kernel(length), n=2 * length)
            u_f = torch.fft.rfft(u.to(self.D.dtype).transpose(1, 2), n=2 * length)
            return torch.fft.irfft(u_f * kernel_f, n=2 * length)[..., :length].transpose(1, 2)

    def prepare_step(self) -> None:
        """Compute the coefficients of the recurrence once, before stepping."""
        log_pole, c = self.coefficients()
        pole_re, pole_im = powers(log_pole, 2)
        self.step_a = torch.complex(pole_re[..., 1], pole_im[..., 1])
        self.step_c = torch.view_as_complex(c.contiguous())

    def step(self, u: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: u (B, H), state (B, H, N) complex; returns y (B, H) and the new state."""
        state = self.step_a * state + u[..., None]
        return (self.step_c * state).real.sum(-1) + self.D * u, state


class S4Block(nn.Module):
    """x + GLU(W gelu(S4D(norm(x))) + b)."""

    def __init__(self, width: int, config: SashimiConfig):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.ssm = S4D(width, config)
        self.out = nn.Linear(width, 2 * width)

    def mix(self, y: Tensor) -> Tensor:
        return F.glu(self.out(F.gelu(y)), dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(self.ssm(self.norm(x)))

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        y, state = self.ssm.step(self.norm(x), state)
        return x + self.mix(y), state


class FeedForward(nn.Module):
    """x + W2 gelu(W1 norm(x))."""

    def __init__(self, width: int, config: SashimiConfig):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, config.ff * width)
        self.out = nn.Linear(config.ff * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.out(F.gelu(self.inner(self.norm(x))))


class Pair(nn.Module):
    """One layer of a tier: an S4 block, then a feed-forward block."""

    def __init__(self, width: int, config: SashimiConfig):
        super().__init__()
        self.s4 = S4Block(width, config)
        self.ff = FeedForward(width, config)

    def forward(self, x: Tensor) -> Tensor:
        return self.ff(self.s4(x))

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        x, state = self.s4.step(x, state)
        return self.ff(x), state


class DownPool(nn.Module):
    """`pool` frames of tier k make one of tier k+1; input index h * pool + s. What goes from block to block stays in float32."""

    def __init__(self, width: int, pool: int, expand: int):
        super().__init__()
        self.pool = pool
        self.linear = nn.Linear(width * pool, width * expand)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, H) to (B, L / pool, H * expand)."""
        batch, length, width = x.shape
        windows = x.reshape(batch, length // self.pool, self.pool, width).transpose(2, 3)
        return self.linear(windows.reshape(batch, length // self.pool, width * self.pool)).to(self.linear.weight.dtype)


class UpPool(nn.Module):
    """One frame of tier k+1 makes the *next* `pool` frames of tier k (the causal shift)."""

    def __init__(self, width: int, pool: int, expand: int):
        super().__init__()
        self.pool = pool
        self.linear = nn.Linear(width * expand, width * pool)

    def expand_frame(self, x: Tensor) -> Tensor:
        """(B, L, H * expand) to (B, L * pool, H), not shifted; output index h * pool + s."""
        batch, length, _ = x.shape
        frames = self.linear(x).to(self.linear.weight.dtype).reshape(batch, length, -1, self.pool).transpose(2, 3)
        return frames.reshape(batch, length * self.pool, -1)

    def forward(self, x: Tensor) -> Tensor:
        """Shifted right by one frame of the deeper tier: the first `pool` outputs are zeros."""
        frames = self.expand_frame(x[:, :-1])
        return F.pad(frames, (0, 0, self.pool, 0))


def smooth_rows(levels: int, width: int) -> Tensor:
    """(levels, width) initial rows in which neighbouring levels are alike.

    Cosines over the levels, the slow ones strongest, in a random rotation, unit variance.
    Independent random rows make a model learn first which ids are neighbours: 2 M samples
    into the piano it stood at 7.0 bits with them and at 5.5 with these (and the decoder's
    bias set to the log frequencies of the ids, see Trainer).
    """
    level = (torch.arange(levels) + 0.5) / levels
    order = torch.arange(1, width + 1)
    weight = order.float().rsqrt()
    cosines = torch.cos(math.pi * order * level[:, None]) * weight
    rotation = torch.linalg.qr(torch.randn(width, width))[0]
    return cosines @ rotation * (math.sqrt(2.0) / weight.square().mean().sqrt())


class CondProjection(nn.Module):
    """What one conditioning input adds to the inputs of the tiers (docs/conditioning.md).

    A tier's frame takes the conditioning frame of its last sample. `dropped` is what stands
    for a frame that is not there: learned by dropping some while training, for guidance without
    a classifier (Ho and Salimans 2022).
    """

    def __init__(self, spec: CondInput, config: SashimiConfig):
        super().__init__()
        self.hop = spec.hop
        self.periods = [config.period(tier) for tier in range(len(config.pool) + 1)]
        widths = [config.width(tier) for tier in range(len(config.pool) + 1)]
        self.tiers = nn.ModuleList(nn.Linear(spec.dim, width, bias=False) for width in widths)
        self.dropped = nn.ParameterList(nn.Parameter(torch.zeros(width)) for width in widths)
        for linear in self.tiers:
            nn.init.normal_(linear.weight, std=COND_STD)

    def forward(self, tier: int, length: int, frames: Tensor | None, is_dropped: Tensor | None) -> Tensor:
        """frames (B, F, dim) of `length` samples, is_dropped (B,); returns (B, length / period, width) or (width)."""
        if frames is None:
            return self.dropped[tier]
        period = self.periods[tier]
        last = torch.arange(period - 1, length, period, device=frames.device) // self.hop
        if self.hop > period and self.hop % period == 0 and frames.is_cuda:  # there a repeat's gradient is cheap, an index's is not
            rows = self.tiers[tier](frames)[:, :, None]
            rows = rows.expand(-1, -1, self.hop // period, -1).flatten(1, 2)[:, :length // period]
        elif self.hop > period:
            rows = self.tiers[tier](frames)[:, last]
        else:
            rows = self.tiers[tier](frames[:, last])
        if is_dropped is not None:
            rows = torch.where(is_dropped[:, None, None], self.dropped[tier].to(rows.dtype), rows)
        return rows


class Sashimi(nn.Module):
    """The whole model: token ids to logits."""

    def __init__(self, config: SashimiConfig):
        super().__init__()
        self.config = config
        tiers = len(config.pool)
        self.embedding = nn.Embedding(config.levels, config.d_model)
        self.down = nn.ModuleList(
            DownPool(config.width(k), config.pool[k], config.expand) for k in range(tiers))
        self.up = nn.ModuleList(
            UpPool(config.width(k), config.pool[k], config.expand) for k in range(tiers))
        self.tiers = nn.ModuleList(
            nn.ModuleList(Pair(config.width(k), config) for _ in range(config.num_layers))
            for k in range(tiers + 1))
        self.cond = nn.ModuleDict({spec.name: CondProjection(spec, config) for spec in config.conditioning})
        self.norm = nn.LayerNorm(config.d_model)
        self.decoder = nn.Linear(config.d_model, config.levels)
        self.embedding.weight.data = smooth_rows(config.levels, config.d_model)
        self.decoder.weight.data = 0.1 * smooth_rows(config.levels, config.d_model)

    def forward(self, ids: Tensor, cond: dict[str, Tensor] | None = None, is_dropped: Tensor | None = None) -> Tensor:
        """ids (B, L) to logits (B, L, levels); logits at t predict the sample after ids[t].

        cond: frames (B, F, dim) by input, frame 0 at the first sample; an input that is not there is
        dropped. is_dropped (B,) drops all inputs of some rows.
        """
        inputs = [self._conditioned(0, self.embedding(ids), ids.shape[1], cond, is_dropped)]
        for tier, pool in enumerate(self.down, 1):
            inputs.append(self._conditioned(tier, pool(inputs[-1]), ids.shape[1], cond, is_dropped))
        z = inputs[-1]
        for tier in reversed(range(len(self.tiers))):
            if tier < len(self.up):
                z = self.up[tier](z) + inputs[tier]
            y = z
            for pair in self.tiers[tier]:
                y = pair(y)
            # The deepest tier is center(x) + x, the others blocks(z) + z: the same sum.
            z = y + z
        with torch.autocast(z.device.type, enabled=False):  # eight bits of mantissa are few for a logit
            return self.decoder(self.norm(z))

    def _conditioned(self, tier: int, x: Tensor, length: int, cond: dict[str, Tensor] | None,
                     is_dropped: Tensor | None) -> Tensor:
        for name, projection in self.cond.items():
            x = x + projection(tier, length, (cond or {}).get(name), is_dropped)
        return x

    # --- the recurrent form ----------------------------------------------------------

    def prepare_step(self) -> None:
        """Compute every layer's recurrence coefficients; call again when weights change."""
        for module in self.modules():
            if isinstance(module, S4D):
                module.prepare_step()

    def initial_state(self, batch: int) -> "StepState":
        """The state before the first sample: silence, and queues of `pool` zero frames."""
        config, weight = self.config, self.decoder.weight
        complex_dtype = torch.complex128 if weight.dtype == torch.float64 else torch.complex64
        ssm = [[torch.zeros(batch, config.width(k), config.conjugate_pairs, dtype=complex_dtype,
                            device=weight.device) for _ in tier] for k, tier in enumerate(self.tiers)]
        queues = [weight.new_zeros(batch, config.pool[k], config.width(k)) for k in range(len(config.pool))]
        return StepState(ssm=ssm, windows=[[] for _ in config.pool], queues=queues)

    def step(self, ids: Tensor, state: "StepState", cond: dict[str, Tensor] | None = None) -> Tensor:
        """One sample: ids (B,) to logits (B, levels); changes `state`. cond: this sample's frames (B, dim) by input.

        Tier k+1 runs when tier k's window of `pool[k]` frames is full, and what it makes is
        heard from the next frame of tier k on: take from the queue first, then refill it.
        """
        logits_frame = self._step_tier(0, self.embedding(ids), state, cond or {})
        return self.decoder(self.norm(logits_frame))

    def _step_tier(self, tier: int, x: Tensor, state: "StepState", cond: dict[str, Tensor]) -> Tensor:
        for name, projection in self.cond.items():
            x = x + (projection.tiers[tier](cond[name]) if name in cond else projection.dropped[tier])
        z = x
        if tier < len(self.down):
            pool, window = self.down[tier].pool, state.windows[tier]
            z = state.queues[tier][:, len(window)] + x
            window.append(x)
            if len(window) == pool:
                deeper = self.down[tier](torch.stack(window, dim=1))[:, 0]
                below = self._step_tier(tier + 1, deeper, state, cond)
                state.queues[tier] = self.up[tier].expand_frame(below[:, None])
                window.clear()
        y = z
        for index, pair in enumerate(self.tiers[tier]):
            y, state.ssm[tier][index] = pair.step(y, state.ssm[tier][index])
        return y + z


@dataclass
class StepState:
    """What a stream remembers between samples.

    ssm[tier][pair]: (B, H, N) complex. windows[tier]: the frames waiting for the down pool.
    queues[tier]: (B, pool, H), read at the window's fill count.
    """

    ssm: list[list[Tensor]]
    windows: list[list[Tensor]]
    queues: list[Tensor]
