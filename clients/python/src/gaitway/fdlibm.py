"""The softplus of the contract, with the simulator's bits.

exp and log1p are those of fdlibm (Sun Microsystems 1993), which Java's StrictMath has too. Python's own
come from the platform and differ in the last bit now and then.
"""

from __future__ import annotations

import math
import struct

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


def softplus(z: float) -> float:
    """log(1 + exp z), computed as max(0, z) + log1p(exp(-|z|))."""
    return max(0.0, z) + _log1p(_exp(-abs(z)))


def _series(coefficients: tuple[float, ...], x: float) -> float:
    """The sum of coefficients[i] x**(i + 1)."""
    total = 0.0
    for coefficient in reversed(coefficients):
        total = x * (coefficient + total)
    return total


def _high_word(x: float) -> int:
    """The upper 32 bits of a number that is not negative; fdlibm's thresholds are such words."""
    word: int = struct.unpack(">I", struct.pack(">d", x)[:4])[0]
    return word


def _exp(x: float) -> float:
    """E to the x, for x from minus infinity to 0."""
    if x < -7.45133219101941108420e02:
        return 0.0
    size = _high_word(-x)
    k = 0
    high, low = x, 0.0
    if size > 0x3FD62E42:  # ln(2) / 2
        k = -1 if size < 0x3FF0A2B2 else int(_INVERSE_LN2 * x - 0.5)  # 3 ln(2) / 2
        high, low = x - k * _LN2_HIGH, k * _LN2_LOW
        x = high - low
    elif size < 0x3E300000:  # 2**-28
        return 1.0 + x
    c = x - _series(_EXP, x * x)
    if k == 0:
        return 1.0 - ((x * c) / (c - 2.0) - x)
    return math.ldexp(1.0 - ((low - (x * c) / (2.0 - c)) - high), k)


def _log1p(x: float) -> float:
    """Log of 1 + x, for x from 0 to 1."""
    size = _high_word(x)
    if size < 0x3C900000:  # 2**-54
        return x
    if size < 0x3E200000:  # 2**-29
        return x - x * x * 0.5
    if size < 0x3FDA827A:  # sqrt(2) - 1
        return _log(x, 0, 0.0)
    u = 1.0 + x
    if u == 2.0:
        return _LN2_HIGH + ((1.0 - (u - x)) / u + _LN2_LOW)
    return _log(u / 2 - 1.0, 1, (x - (u - 1.0)) / u)


def _log(f: float, k: int, c: float) -> float:
    """K ln(2) + log(1 + f) + c, where 1 + f is from 1 / sqrt(2) to sqrt(2), and c small."""
    half = 0.5 * f * f
    if k == 1 and (0x00100000 - (_high_word(2.0 + 2.0 * f) & 0x000FFFFF)) >> 2 == 0:  # f is next to 0.
        rest = half * (1.0 - 0.66666666666666666 * f)
        return _LN2_HIGH - ((rest - (_LN2_LOW + c)) - f)
    s = f / (2.0 + f)
    product = s * (half + _series(_LOG, s * s))
    if k == 0:
        return f - (half - product)
    return _LN2_HIGH - ((half - (product + (_LN2_LOW + c))) - f)
