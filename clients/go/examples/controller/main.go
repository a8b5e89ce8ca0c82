// Command controller runs a policy file in an evaluation:
//
//	gaitway evaluate walker-disturbed --controller-command "controller policy.json"
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: controller POLICY.json")
	}
	policy, err := gaitway.ReadPolicy(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	results, err := gaitway.Evaluate(context.Background(), func(round gaitway.Round) ([]float64, error) {
		return policy.Act(round.States)
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(results), "episodes controlled")
}
