package gaitway

import "math"

// The functions of the contract's networks: exp, expm1, log1p and tanh of fdlibm (Sun Microsystems 1993), which the
// simulator has too. Those of package math have other last bits here and there, and assembly on some processors.
//
// Every product is converted to float64 before it is added to something: without that Go may fuse the two into one
// operation that rounds once, as it does on arm64, and as amd64 does from GOAMD64=v3 on.

const (
	ln2High    = 6.93147180369123816490e-01
	ln2Low     = 1.90821492927058770002e-10
	inverseLn2 = 1.44269504088896338700
)

var (
	// Of x coth(x/2) - 2 in powers of x^2, from x^2 on.
	expSeries = [...]float64{
		1.66666666666666019037e-01,
		-2.77777777770155933842e-03,
		6.61375632143793436117e-05,
		-1.65339022054652515390e-06,
		4.13813679705723846039e-08,
	}
	// Of 6/x ((exp x + 1) / (exp x - 1) - 2/x) - 1 in powers of x^2 / 2, from the first on.
	expm1Series = [...]float64{
		-3.33333333333331316428e-02,
		1.58730158725481460165e-03,
		-7.93650757867487942473e-05,
		4.00821782732936239552e-06,
		-2.01099218183624371326e-07,
	}
	// Of (log((1 + s) / (1 - s)) - 2s) / s in powers of s^2, from s^2 on.
	logSeries = [...]float64{
		6.666666666666735130e-01,
		3.999999999940941908e-01,
		2.857142874366239149e-01,
		2.222219843214978396e-01,
		1.818357216161805012e-01,
		1.531383769920937332e-01,
		1.479819860511658591e-01,
	}

	halfLn2        = word(0x3FD62E43)
	threeHalvesLn2 = word(0x3FF0A2B2)
	rootOf2Minus1  = word(0x3FDA827A)
)

// word is the number whose upper 32 bits are given and whose lower are 0: fdlibm's thresholds are such words.
func word(high uint64) float64 { return math.Float64frombits(high << 32) }

// series is the sum of coefficients[i] x^(i + 1).
func series(coefficients []float64, x float64) float64 {
	total := 0.0
	for i := len(coefficients) - 1; i >= 0; i-- {
		total = float64(x * (coefficients[i] + total))
	}
	return total
}

// reduced is the whole number k and the two parts of r, from -ln(2)/2 to ln(2)/2, with x = k ln(2) + r.
func reduced(x float64) (k int, high, low float64) {
	switch size := math.Abs(x); {
	case size < halfLn2:
		return 0, x, 0
	case size < threeHalvesLn2:
		k = int(math.Copysign(1, x))
	default:
		k = int(math.Trunc(float64(inverseLn2*x) + math.Copysign(0.5, x)))
	}
	return k, x - float64(float64(k)*ln2High), float64(float64(k) * ln2Low)
}

// fdExp is e to the x, for x up to 0.
func fdExp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x < -7.45133219101941108420e+02:
		return 0
	case x > -0x1p-28:
		return 1 + x
	}
	k, high, low := reduced(x)
	r := high - low
	c := r - series(expSeries[:], float64(r*r))
	return math.Ldexp(1-((low-float64(r*c)/(2-c))-high), k)
}

// fdExpm1 is e to the x minus 1, for x up to 0 and from 2 to 44.
func fdExpm1(x float64) float64 {
	switch {
	case math.IsNaN(x), math.Abs(x) < 0x1p-54:
		return x
	case x <= word(0xC043687A):
		return -1
	}
	k, high, low := reduced(x)
	r := high - low
	c := (high - r) - low
	half := float64(0.5 * r)
	square := float64(r * half)
	q := 1 + series(expm1Series[:], square)
	t := 3 - float64(q*half)
	e := float64(square * ((q - t) / (6 - float64(r*t))))
	if k == 0 {
		return r - (float64(r*e) - square)
	}
	e = (float64(r*(e-c)) - c) - square
	switch {
	case k == -1:
		return float64(0.5*(r-e)) - 0.5
	case k < 0 || k > 56:
		return math.Ldexp(1-(e-r), k) - 1
	case k < 20:
		return math.Ldexp((1-math.Ldexp(1, -k))-(e-r), k)
	default:
		return math.Ldexp((r-(e+math.Ldexp(1, -k)))+1, k)
	}
}

// fdLog1p is log(1 + x), for x from 0 to 1.
func fdLog1p(x float64) float64 {
	switch {
	case math.IsNaN(x), x < word(0x3C900000):
		return x
	case x < word(0x3E200000):
		return x - float64(float64(x*x)*0.5)
	}
	u := 1 + x
	doubled := x >= rootOf2Minus1
	f, lost := x, x-(u-1)
	if doubled {
		f = u/2 - 1
	}
	if u == 2 {
		lost = 1 - (u - x)
	}
	lost /= u
	half := float64(float64(0.5*f) * f)
	if u >= word(0x3FFFFFFD) {
		rest := float64(half * (1 - float64(0.66666666666666666*f)))
		return ln2High - ((rest - (ln2Low + lost)) - f)
	}
	s := f / (2 + f)
	product := float64(s * (half + series(logSeries[:], float64(s*s))))
	if doubled {
		return ln2High - ((half - (product + (ln2Low + lost))) - f)
	}
	return f - (half - product)
}

// fdTanh is the hyperbolic tangent.
func fdTanh(x float64) float64 {
	size, value := math.Abs(x), 1.0
	switch {
	case math.IsNaN(x), size < 0x1p-55:
		return x
	case size < 1:
		t := fdExpm1(-2 * size)
		value = -t / (t + 2)
	case size < 22:
		value = 1 - 2/(fdExpm1(2*size)+2)
	}
	return math.Copysign(value, x)
}

func sigmoid(z float64) float64 {
	e := fdExp(-math.Abs(z))
	if z >= 0 {
		return 1 / (1 + e)
	}
	return e / (1 + e)
}

func relu(z float64) float64 {
	if z <= 0 {
		return 0
	}
	return z
}

// apply is the activation of z.
func (a Activation) apply(z float64) float64 {
	switch a {
	case Softplus:
		return relu(z) + fdLog1p(fdExp(-math.Abs(z)))
	case Tanh:
		return fdTanh(z)
	case ReLU:
		return relu(z)
	case ELU:
		if z > 0 {
			return z
		}
		return fdExpm1(z)
	case Sigmoid:
		return sigmoid(z)
	case SiLU:
		return float64(z * sigmoid(z))
	default:
		return z
	}
}
