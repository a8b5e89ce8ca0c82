// Command rollout sends a wave of torques through a swimmer: its cost, where it leads, and a step down the cost's gradient.
//
// The argument is where a server is, such as 127.0.0.1:7447; without one it takes that of GAITWAY_SERVER, else it starts a
// server by GAITWAY_COMMAND or by gaitway on the PATH.
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

const steps = 200

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	endpoint := os.Getenv("GAITWAY_SERVER")
	if len(os.Args) > 1 {
		endpoint = os.Args[1]
	}
	if endpoint == "" {
		server, err := gaitway.StartServer(ctx, "")
		if err != nil {
			return err
		}
		defer server.Close()
		endpoint = server.Endpoint().String()
	}
	client, err := gaitway.Connect(endpoint)
	if err != nil {
		return err
	}
	defer client.Close()
	swimmer, err := client.Simulator(ctx, "swimmer", nil)
	if err != nil {
		return err
	}
	nx, nu := swimmer.Environment().NX, swimmer.Environment().NU

	us := make([]float64, steps*nu)
	for t := range steps {
		for i := range nu {
			us[t*nu+i] = 20 * math.Sin(2*math.Pi*float64(t)*swimmer.Environment().GetDt()+float64(i))
		}
	}
	before, err := rollout(ctx, swimmer, us)
	if err != nil {
		return err
	}
	fmt.Printf("a wave costs %.3f and leads to x = %.3f m\n", before.Cost, before.Xs[steps*nx])

	// The gradient of the whole cost with respect to every torque, by one sweep from the end.
	e, err := swimmer.Linearize(ctx, before.Xs, before.Us, gaitway.GaussNewton)
	if err != nil {
		return err
	}
	gradient := make([]float64, steps*nu)
	vx := append([]float64(nil), e.Lx[steps*nx:]...)
	for t := steps - 1; t >= 0; t-- {
		fx, fu := e.Fx[t*nx*nx:(t+1)*nx*nx], e.Fu[t*nx*nu:(t+1)*nx*nu]
		for j := range nu {
			gradient[t*nu+j] = e.Lu[t*nu+j]
			for i := range nx {
				gradient[t*nu+j] += vx[i] * fu[i*nu+j]
			}
		}
		next := append([]float64(nil), e.Lx[t*nx:(t+1)*nx]...)
		for j := range nx {
			for i := range nx {
				next[j] += vx[i] * fx[i*nx+j]
			}
		}
		vx = next
	}
	norm := 0.0
	for _, g := range gradient {
		norm = math.Hypot(norm, g)
	}
	for i, g := range gradient {
		us[i] -= 10 * g / norm
	}
	after, err := rollout(ctx, swimmer, us)
	if err != nil {
		return err
	}
	fmt.Printf("a step against the gradient: %.3f\n", after.Cost)
	return nil
}

func rollout(ctx context.Context, swimmer *gaitway.Simulator, us []float64) (*gaitway.Rollout, error) {
	rollouts, err := swimmer.Rollout(ctx, gaitway.RolloutRequest{
		Horizon:       steps,
		InitialStates: swimmer.Environment().GetInitialState().GetMean(),
		Controllers:   []gaitway.Controller{gaitway.OpenLoop{Us: us}},
	})
	if err != nil {
		return nil, err
	}
	return rollouts[0], nil
}
