package gaitway

import (
	"fmt"
	"math"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
)

// Controller is what acts in a rollout, inside the simulator: [OpenLoop], [LinearGaussian] or [MLP].
type Controller interface {
	encode(name string, T, nx, nu int) (*gaitwayv1.Controller, error)
}

// OpenLoop is actions fixed beforehand.
type OpenLoop struct {
	// Us are the actions, shape (T, nu) or longer, in the action's units.
	Us []float64
}

// LinearGaussian is the time-varying controller u_t = us_t + a k_t + K_t (x_t - xs_t) + L_t e, with a the rollout's
// step size and e standard normal. Arrays may be longer than the horizon T.
type LinearGaussian struct {
	// Xs are the reference states, shape (T, nx), in the state's units.
	Xs []float64
	// Us are the reference actions, shape (T, nu), in the action's units.
	Us []float64
	// Ks are the feed-forward terms k, shape (T, nu), in the action's units.
	Ks []float64
	// Gains are the feedback gains K, shape (T, nu, nx), in action units per state unit.
	Gains []float64
	// Noise are lower Cholesky factors L of the action covariances, shape (T, nu, nu); nil for no noise.
	Noise []float64
}

// Activation is the non-linearity of a layer.
type Activation string

// The activations of the contract.
const (
	// Linear is z, and what an empty Activation means.
	Linear Activation = "linear"
	// Softplus is log(1 + exp z).
	Softplus Activation = "softplus"
	// Tanh is tanh z.
	Tanh Activation = "tanh"
	// ReLU is max(0, z).
	ReLU Activation = "relu"
	// ELU is z where z > 0 and exp z - 1 elsewhere.
	ELU Activation = "elu"
	// Sigmoid is 1 / (1 + exp(-z)).
	Sigmoid Activation = "sigmoid"
	// SiLU is z times the sigmoid of z.
	SiLU Activation = "silu"
)

var activations = map[Activation]gaitwayv1.Activation{
	"":       gaitwayv1.Activation_ACTIVATION_LINEAR,
	Linear:   gaitwayv1.Activation_ACTIVATION_LINEAR,
	Softplus: gaitwayv1.Activation_ACTIVATION_SOFTPLUS,
	Tanh:     gaitwayv1.Activation_ACTIVATION_TANH,
	ReLU:     gaitwayv1.Activation_ACTIVATION_RELU,
	ELU:      gaitwayv1.Activation_ACTIVATION_ELU,
	Sigmoid:  gaitwayv1.Activation_ACTIVATION_SIGMOID,
	SiLU:     gaitwayv1.Activation_ACTIVATION_SILU,
}

// MLP is a feed-forward network with diagonal noise, u = squash(net(scale([p, x[inputs]]))) + std e, with e standard
// normal and p the values of the environment's parameters that it reads.
type MLP struct {
	// Parameters are names of the environment's parameters that the first layer reads, in order, before the inputs.
	Parameters []string
	// Inputs are the state indices that the first layer reads, in order.
	Inputs []int
	// Scaling is what happens to the inputs first; nil for nothing.
	Scaling *Scaling
	// Layers are the layers, the last with nu outputs.
	Layers []Layer
	// Squashing is what happens to the outputs of the last layer; nil for nothing.
	Squashing *Squashing
	// Std are the standard deviations of the action noise, shape (nu), in the action's units; nil for no noise.
	Std []float64
}

// Layer is activation(W z + b).
type Layer struct {
	// W are the weights, shape (outputs, inputs).
	W []float64
	// B are the biases, shape (outputs).
	B []float64
	// Activation is applied to every output.
	Activation Activation
}

// Scaling is z = (x - offset) / scale, then moved to the nearest bound of -limit to limit.
type Scaling struct {
	// Offset has one entry for every parameter, then for every input, in their units.
	Offset []float64
	// Scale likewise; above 0.
	Scale []float64
	// Limit is above 0; 0 for none.
	Limit float64
}

// Squashing is u = centre + halfRange tanh z.
type Squashing struct {
	// Centre of each action's range, shape (nu), in the action's units.
	Centre []float64
	// HalfRange is half of each range's width, above 0, shape (nu), in the action's units.
	HalfRange []float64
}

// encoder makes several tensors and keeps the first error.
type encoder struct {
	name string
	err  error
}

func (e *encoder) exactly(values []float64, field string, shape ...int) *gaitwayv1.Tensor {
	if e.err != nil {
		return nil
	}
	tensor, err := EncodeTensor(values, e.name+"."+field, shape...)
	e.err = err
	return tensor
}

// atLeast leaves out what goes beyond the shape.
func (e *encoder) atLeast(values []float64, field string, shape ...int) *gaitwayv1.Tensor {
	count := 1
	for _, size := range shape {
		count *= size
	}
	if len(values) > count && len(values)%(count/shape[0]) == 0 {
		values = values[:count]
	}
	return e.exactly(values, field, shape...)
}

func (c OpenLoop) encode(name string, T, _, nu int) (*gaitwayv1.Controller, error) {
	e := &encoder{name: name}
	message := &gaitwayv1.OpenLoopController{Actions: e.atLeast(c.Us, "Us", T, nu)}
	return &gaitwayv1.Controller{Kind: &gaitwayv1.Controller_OpenLoop{OpenLoop: message}}, e.err
}

func (c LinearGaussian) encode(name string, T, nx, nu int) (*gaitwayv1.Controller, error) {
	e := &encoder{name: name}
	message := &gaitwayv1.LinearGaussianController{
		ReferenceStates:  e.atLeast(c.Xs, "Xs", T, nx),
		ReferenceActions: e.atLeast(c.Us, "Us", T, nu),
		Feedforward:      e.atLeast(c.Ks, "Ks", T, nu),
		Feedback:         e.atLeast(c.Gains, "Gains", T, nu, nx),
	}
	if c.Noise != nil {
		message.NoiseCholesky = e.atLeast(c.Noise, "Noise", T, nu, nu)
	}
	return &gaitwayv1.Controller{Kind: &gaitwayv1.Controller_LinearGaussian{LinearGaussian: message}}, e.err
}

func (c MLP) encode(name string, _, _, nu int) (*gaitwayv1.Controller, error) {
	e := &encoder{name: name}
	message := &gaitwayv1.MlpController{Parameters: c.Parameters}
	for i, index := range c.Inputs {
		if index < 0 || index > math.MaxInt32 {
			return nil, argument(fmt.Sprintf("%s.Inputs[%d]", name, i), "it must be an index from 0 on, but is %d", index)
		}
		message.Inputs = append(message.Inputs, int32(index))
	}
	width := len(c.Parameters) + len(c.Inputs)
	if s := c.Scaling; s != nil {
		message.Scaling = &gaitwayv1.InputScaling{
			Offset: e.exactly(s.Offset, "Scaling.Offset", width),
			Scale:  e.exactly(s.Scale, "Scaling.Scale", width),
		}
		if s.Limit != 0 {
			message.Scaling.Limit = &s.Limit
		}
	}
	for i, layer := range c.Layers {
		field := fmt.Sprintf("Layers[%d].", i)
		activation, known := activations[layer.Activation]
		if !known {
			return nil, argument(name+"."+field+"Activation", "there is no '%s'; take Linear, Softplus, Tanh, ReLU, ELU,"+
				" Sigmoid or SiLU", layer.Activation)
		}
		message.Layers = append(message.Layers, &gaitwayv1.MlpLayer{
			Weights:    e.exactly(layer.W, field+"W", len(layer.B), width),
			Biases:     e.exactly(layer.B, field+"B", len(layer.B)),
			Activation: activation,
		})
		width = len(layer.B)
	}
	if s := c.Squashing; s != nil {
		message.Squashing = &gaitwayv1.OutputSquashing{
			Centre:    e.exactly(s.Centre, "Squashing.Centre", nu),
			HalfRange: e.exactly(s.HalfRange, "Squashing.HalfRange", nu),
		}
	}
	if c.Std != nil {
		message.NoiseStd = e.exactly(c.Std, "Std", nu)
	}
	return &gaitwayv1.Controller{Kind: &gaitwayv1.Controller_Mlp{Mlp: message}}, e.err
}
