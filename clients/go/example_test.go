package gaitway_test

import (
	"context"
	"fmt"
	"log"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

// Derivatives along a rollout, of the server that ./gaitway serve --port 7447 has started.
func Example() {
	ctx := context.Background()
	client, err := gaitway.Connect(address()) // such as "127.0.0.1:7447"
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	swimmer, err := client.Simulator(ctx, "swimmer", gaitway.Parameters{"target_speed": 0.4})
	if err != nil {
		log.Fatal(err)
	}
	e := swimmer.Environment()
	rollouts, err := swimmer.Rollout(ctx, gaitway.RolloutRequest{
		Horizon:       100,
		InitialStates: e.GetInitialState().GetMean(),
		Controllers:   []gaitway.Controller{gaitway.OpenLoop{Us: make([]float64, 100*e.NU)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	expansion, err := swimmer.Linearize(ctx, rollouts[0].Xs, rollouts[0].Us, gaitway.GaussNewton)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rollouts[0].Status, rollouts[0].Steps)
	fmt.Println("fx:", expansion.T, "times", e.NX, "times", e.NX, "=", len(expansion.Fx))
	// Output:
	// ROLLOUT_STATUS_COMPLETED 100
	// fx: 100 times 10 times 10 = 10000
}

// Two environments, stepped over one stream.
func ExampleSession_Stream() {
	ctx := context.Background()
	client, err := gaitway.Connect(address())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	session, err := client.OpenSession(ctx, "swimmer", gaitway.SessionOptions{Environments: 2})
	if err != nil {
		log.Fatal(err)
	}
	stream, err := session.Stream(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := stream.Reset(ctx, gaitway.ResetOptions{Seeds: []uint64{1, 2}}); err != nil {
		log.Fatal(err)
	}
	// Sent ahead, so that the round trips overlap.
	var answers []*gaitway.Pending[gaitway.StepResult]
	for range 10 {
		answer, err := stream.SendStep(ctx, []float64{1, -1, 2, -2})
		if err != nil {
			log.Fatal(err)
		}
		answers = append(answers, answer)
	}
	for _, answer := range answers {
		result, err := answer.Wait(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if result.Step == 10 {
			fmt.Println("step", result.Step, "costs", len(result.Costs), "truncated", result.Truncated)
		}
	}
	// Output:
	// step 10 costs 2 truncated [false false]
}

// address is that of the server that the tests share.
func address() string {
	server, err := sharedServer()
	if err != nil {
		log.Fatal(err)
	}
	return server.Endpoint().String()
}
