package gaitway

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

const (
	// Most bytes of a policy file.
	maxPolicyBytes = 64 << 20
	// Most entries of a state or an action, inputs, and units of a layer.
	maxWidth = 4096
	// Most layers.
	maxLayers = 64
)

// Policy is a trained policy: a network, with the environment that it is for. Its actions have the same bits here as in
// the simulator; docs/policy-format.md describes its file. It is immutable and safe for concurrent use.
type Policy struct {
	// EnvironmentID, EnvironmentVersion and ModelDigest say what it was trained in.
	EnvironmentID, EnvironmentVersion, ModelDigest string
	// States are names of the state's entries, in order; nx of them.
	States []string
	// Actions are names of the action's entries, in order; nu of them.
	Actions []string
	// Comment is words for people.
	Comment string
	network MLP
}

// ReadPolicy reads a policy file, of format 1, 2 or 3. The error names the file and the field.
func ReadPolicy(path string) (*Policy, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w; name a policy.json", path, err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxPolicyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	return ParsePolicy(content, path)
}

// ParsePolicy reads the content of a policy file, which is called name in errors.
func ParsePolicy(content []byte, name string) (policy *Policy, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case fileProblem:
			policy, err = nil, argument("policy", "%s is not a policy file: %s", name, string(thrown))
		default:
			panic(thrown)
		}
	}()
	return readPolicy(field{parseJSON(content), ""}), nil
}

// fileProblem is what is wrong with a file; it is thrown within this package.
type fileProblem string

func problem(format string, values ...any) { panic(fileProblem(fmt.Sprintf(format, values...))) }

func readPolicy(file field) *Policy {
	required := []string{"format", "format_version", "environment", "states", "actions", "inputs", "layers"}
	file.child("format").oneOf("gaitway-policy")
	version := file.child("format_version").oneOf(1.0, 2.0, 3.0)
	switch version {
	case 1.0:
		file.only(append(required, "std"))
	case 3.0:
		file.only(append(required, "parameters"), "comment", "scaling", "squashing", "std")
	default:
		file.only(required, "comment", "scaling", "squashing", "std")
	}
	environment := file.child("environment")
	environment.only([]string{"id", "version", "model_digest"})
	p := &Policy{
		EnvironmentID:      environment.child("id").text(),
		EnvironmentVersion: environment.child("version").text(),
		ModelDigest:        environment.child("model_digest").text(),
		States:             file.child("states").names(),
		Actions:            file.child("actions").names(),
	}
	if file.has("comment") {
		p.Comment = file.child("comment").text()
	}
	p.network = readNetwork(file, p.States, len(p.Actions), version == 1.0)
	return p
}

func readNetwork(file field, states []string, outputs int, format1 bool) MLP {
	m := MLP{}
	if file.has("parameters") {
		m.Parameters = file.child("parameters").names()
	}
	for _, entry := range file.child("inputs").items(1, maxWidth) {
		entry.only([]string{"index", "name"})
		index := entry.child("index").index(len(states))
		entry.child("name").oneOf(states[index])
		entry.child("index").require(!slices.Contains(m.Inputs, index), "an index that no earlier input has")
		m.Inputs = append(m.Inputs, index)
	}
	width := len(m.Parameters) + len(m.Inputs)
	if width > maxWidth {
		problem("parameters and inputs must have 1 to %d entries, but has %d", maxWidth, width)
	}
	read := width
	least, most := 1, maxLayers
	if format1 {
		least, most = 2, 2
	}
	layers := file.child("layers").items(least, most)
	for i, entry := range layers {
		last := i == len(layers)-1
		entry.only([]string{"W", "b", "activation"})
		layer := Layer{}
		if last {
			layer.B = entry.child("b").numbers(outputs, outputs)
		} else {
			layer.B = entry.child("b").numbers(1, maxWidth)
		}
		for _, row := range entry.child("W").items(len(layer.B), len(layer.B)) {
			layer.W = append(layer.W, row.numbers(width, width)...)
		}
		width = len(layer.B)
		allowed := []any{"linear", "softplus", "tanh", "relu", "elu", "sigmoid", "silu"}
		if format1 && last {
			allowed = allowed[:1]
		} else if format1 {
			allowed = allowed[1:2]
		}
		layer.Activation = Activation(entry.child("activation").oneOf(allowed...).(string))
		m.Layers = append(m.Layers, layer)
	}
	if file.has("scaling") {
		scaling := file.child("scaling")
		scaling.only([]string{"offset", "scale"}, "limit")
		m.Scaling = &Scaling{}
		if scaling.has("limit") {
			m.Scaling.Limit = scaling.child("limit").positive()
		}
		m.Scaling.Offset = scaling.child("offset").numbers(read, read)
		m.Scaling.Scale = scaling.child("scale").positives(read)
	}
	if file.has("squashing") {
		squashing := file.child("squashing")
		squashing.only([]string{"centre", "half_range"})
		m.Squashing = &Squashing{
			Centre:    squashing.child("centre").numbers(outputs, outputs),
			HalfRange: squashing.child("half_range").positives(outputs),
		}
	}
	if file.has("std") {
		m.Std = file.child("std").positives(outputs)
	}
	return m
}

// Parameters are names of the environment's parameters that the network reads, in order, before the state's entries.
func (p *Policy) Parameters() []string { return slices.Clone(p.network.Parameters) }

// Inputs are indices of the state entries that the network reads, in order.
func (p *Policy) Inputs() []int { return slices.Clone(p.network.Inputs) }

// Controller is the policy as a controller for the simulator, with or without noise. Its arrays are the policy's: they are
// not to be changed.
func (p *Policy) Controller(noise bool) MLP {
	m := p.network
	if !noise {
		m.Std = nil
	}
	return m
}

// At is the policy when the parameters that it reads have these values for good: one of the state alone, with the same
// bits. Values that it does not read are ignored; one that is missing is an [*ArgumentError].
func (p *Policy) At(values Parameters) (*Policy, error) {
	m, count := p.network, len(p.network.Parameters)
	if count == 0 {
		return p, nil
	}
	var z []float64
	for _, name := range m.Parameters {
		value, given := values[name]
		if !given || math.IsNaN(value) || math.IsInf(value, 0) {
			return nil, argument("values", "the network reads the parameter %s; give it a finite value", name)
		}
		z = append(z, value)
	}
	if m.Scaling != nil {
		z = m.Scaling.apply(z)
		m.Scaling = &Scaling{m.Scaling.Offset[count:], m.Scaling.Scale[count:], m.Scaling.Limit}
	}
	first := m.Layers[0]
	width := len(first.W) / len(first.B)
	folded := Layer{Activation: first.Activation}
	for i, bias := range first.B {
		row := first.W[i*width : (i+1)*width]
		for j, value := range z {
			bias += float64(row[j] * value)
		}
		folded.B = append(folded.B, bias)
		folded.W = append(folded.W, row[count:]...)
	}
	m.Parameters = nil
	m.Layers = append([]Layer{folded}, m.Layers[1:]...)
	at := *p
	at.network = m
	return &at, nil
}

// RequireFits checks that the policy can act in an environment. The error is an [*ArgumentError] if it is for another
// one, the names of its states or actions are others, or the environment lacks a parameter that it reads.
func (p *Policy) RequireFits(e *Environment) error {
	if p.EnvironmentID != e.GetId() {
		return argument("policy", "it is for %s; the environment is %s", p.EnvironmentID, e.GetId())
	}
	var states, actions, parameters []string
	for _, it := range e.GetState() {
		states = append(states, it.GetName())
	}
	for _, it := range e.GetAction() {
		actions = append(actions, it.GetName())
	}
	for _, it := range e.GetParameters() {
		parameters = append(parameters, it.GetName())
	}
	for _, it := range []struct {
		what         string
		ours, theirs []string
	}{{"states", p.States, states}, {"actions", p.Actions, actions}} {
		if !slices.Equal(it.ours, it.theirs) {
			return argument("policy", "its %s are %s; those of %s are %s", it.what, strings.Join(it.ours, ", "), e.GetId(),
				strings.Join(it.theirs, ", "))
		}
	}
	for _, name := range p.network.Parameters {
		if !slices.Contains(parameters, name) {
			return argument("policy", "it reads the parameter %s, which %s does not have; it has %s", name, e.GetId(),
				strings.Join(parameters, ", "))
		}
	}
	return nil
}

// Act gives the policy's actions without noise, shape (n, nu), for states, shape (n, nx). The error is an
// [*ArgumentError] if the policy reads parameters; [Policy.At] gives them their values.
func (p *Policy) Act(xs []float64) ([]float64, error) {
	if len(p.network.Parameters) > 0 {
		return nil, argument("policy", "it reads the parameters %s; give it their values with At first",
			strings.Join(p.network.Parameters, ", "))
	}
	nx := len(p.States)
	n, err := wholeRows(xs, "xs", nx)
	if err != nil {
		return nil, err
	}
	us := make([]float64, 0, n*len(p.Actions))
	for row := range n {
		us = append(us, p.network.output(xs[row*nx:(row+1)*nx])...)
	}
	return us, nil
}

// output is what a network puts out for a state, without noise.
func (c *MLP) output(x []float64) []float64 {
	z := make([]float64, len(c.Inputs))
	for i, index := range c.Inputs {
		z[i] = x[index]
	}
	if c.Scaling != nil {
		z = c.Scaling.apply(z)
	}
	for _, layer := range c.Layers {
		// Each sum goes from its bias on by ascending index, as the contract says.
		out := make([]float64, len(layer.B))
		for i, sum := range layer.B {
			for j, value := range layer.W[i*len(z) : (i+1)*len(z)] {
				sum += float64(value * z[j])
			}
			out[i] = layer.Activation.apply(sum)
		}
		z = out
	}
	if s := c.Squashing; s != nil {
		for i := range z {
			z[i] = s.Centre[i] + float64(s.HalfRange[i]*fdTanh(z[i]))
		}
	}
	return z
}

// apply scales the first numbers that a network reads.
func (s *Scaling) apply(z []float64) []float64 {
	out := make([]float64, len(z))
	for i, value := range z {
		out[i] = (value - s.Offset[i]) / s.Scale[i]
		if s.Limit != 0 {
			out[i] = max(-s.Limit, min(s.Limit, out[i]))
		}
	}
	return out
}
