"""The functions of the contract's networks, with the simulator's bits.

exp, expm1, log1p and tanh are those of fdlibm (Sun Microsystems 1993), which Java's StrictMath has too. numpy's
own come from the platform and differ in the last bit now and then. Every operation here is one of IEEE 754
that rounds, entry by entry, so that the bits are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gaitway.tensors import Bools, Floats, Ints

__all__ = ["ACTIVATIONS", "tanh"]

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700

#: Of x coth(x/2) - 2 in powers of x**2, from x**2 on.
_EXP = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
#: Of 6/x * ((exp(x) + 1) / (exp(x) - 1) - 2/x) - 1 in powers of x**2 / 2, from the first on.
_EXPM1 = (
    -3.33333333333331316428e-02,
    1.58730158725481460165e-03,
    -7.93650757867487942473e-05,
    4.00821782732936239552e-06,
    -2.01099218183624371326e-07,
)
#: Of (log((1 + s) / (1 - s)) - 2s) / s in powers of s**2, from s**2 on.
_LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def _word(high: int) -> float:
    """The number whose upper 32 bits are given and whose lower are 0; fdlibm's thresholds are such words."""
    value: float = np.array(high << 32, np.uint64).view(np.float64).item()
    return value


_HALF_LN2 = _word(0x3FD62E43)
_THREE_HALVES_LN2 = _word(0x3FF0A2B2)


def tanh(x: Floats) -> Floats:
    """The hyperbolic tangent, entry by entry."""
    size = np.abs(x)
    above = _expm1(2.0 * np.clip(size, 1.0, 22.0))
    below = _expm1(-2.0 * np.minimum(size, 1.0))
    value = np.where(size >= 1.0, 1.0 - 2.0 / (above + 2.0), -below / (below + 2.0))
    value = np.select([size < 2.0**-55, size >= 22.0], [size, 1.0], value)
    return np.where(np.isnan(x), np.nan, np.copysign(value, x))


def _softplus(z: Floats) -> Floats:
    return _relu(z) + _log1p(_exp(-np.abs(z)))


def _relu(z: Floats) -> Floats:
    return np.where(z <= 0.0, 0.0, z)


def _linear(z: Floats) -> Floats:
    return z


def _elu(z: Floats) -> Floats:
    return np.where(z > 0.0, z, _expm1(np.minimum(z, 0.0)))


def _sigmoid(z: Floats) -> Floats:
    e = _exp(-np.abs(z))
    return np.where(z >= 0.0, 1.0, e) / (1.0 + e)


def _silu(z: Floats) -> Floats:
    return z * _sigmoid(z)


#: The non-linearities of the contract, by their words in policy files.
ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "linear": _linear,
    "softplus": _softplus,
    "tanh": tanh,
    "relu": _relu,
    "elu": _elu,
    "sigmoid": _sigmoid,
    "silu": _silu,
}


def _series(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """The sum of coefficients[i] x**(i + 1)."""
    total = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = x * (coefficient + total)
    return total


def _reduced(x: Floats) -> tuple[Ints, Floats, Floats]:
    """The whole number k and the two parts of r, from -ln(2) / 2 to ln(2) / 2, with x = k ln(2) + r."""
    size = np.abs(x)
    k = np.where(size < _THREE_HALVES_LN2, np.sign(x), np.trunc(_INVERSE_LN2 * x + np.copysign(0.5, x)))
    k = np.where(size < _HALF_LN2, 0.0, k)
    return k.astype(np.int64), x - k * _LN2_HIGH, k * _LN2_LOW


def _exp(x: Floats) -> Floats:
    """E to the x, for x from minus infinity to 0."""
    k, high, low = _reduced(np.where(x >= -746.0, x, 0.0))
    r = high - low
    c = r - _series(_EXP, r * r)
    value = np.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), k)
    cases = [np.isnan(x), x < -7.45133219101941108420e02, x > -(2.0**-28)]
    return np.select(cases, [x, 0.0, 1.0 + x], value)


def _expm1(x: Floats) -> Floats:
    """E to the x minus 1, for x from minus infinity to 0 and from 2 to 44."""
    k, high, low = _reduced(np.where(x > -40.0, x, 0.0))
    r = high - low
    c = (high - r) - low
    half = 0.5 * r
    square = r * half
    q = 1.0 + _series(_EXPM1, square)
    t = 3.0 - q * half
    e = square * ((q - t) / (6.0 - r * t))
    near_0 = r - (r * e - square)
    e = (r * (e - c) - c) - square
    below = 0.5 * (r - e) - 0.5
    beyond = np.ldexp(1.0 - (e - r), k) - 1.0
    tiny = np.ldexp(1.0, -k)
    up_to_19 = np.ldexp((1.0 - tiny) - (e - r), k)
    up_to_56 = np.ldexp((r - (e + tiny)) + 1.0, k)
    cases = [np.isnan(x) | (np.abs(x) < 2.0**-54), x <= _word(0xC043687A), k == 0, k == -1, (k < 0) | (k > 56), k < 20]
    return np.select(cases, [x, -1.0, near_0, below, beyond, up_to_19], up_to_56)


def _log1p(x: Floats) -> Floats:
    """Log of 1 + x, for x from 0 to 1."""
    u = 1.0 + x
    doubled: Bools = x >= _word(0x3FDA827A)  # The root of 2, minus 1.
    f = np.where(doubled, u / 2.0 - 1.0, x)
    lost = np.where(u == 2.0, 1.0 - (u - x), x - (u - 1.0)) / u
    half = 0.5 * f * f
    s = f / (2.0 + f)
    product = s * (half + _series(_LOG, s * s))
    rest = half * (1.0 - 0.66666666666666666 * f)
    near_2 = _LN2_HIGH - ((rest - (_LN2_LOW + lost)) - f)
    above = _LN2_HIGH - ((half - (product + (_LN2_LOW + lost))) - f)
    cases = [x < _word(0x3C900000), x < _word(0x3E200000), u >= _word(0x3FFFFFFD), doubled]
    return np.select(cases, [x, x - x * x * 0.5, near_2, above], f - (half - product))
