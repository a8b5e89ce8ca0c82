package gaitway

import (
	_ "embed"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// A copy of proto/service-config.json, which is made of the contract's idempotency levels; ./check holds the two
// against each other.
//
//go:embed service_config.json
var serviceConfig []byte

// Most attempts as long as nobody has ever answered: the endpoint may be wrong.
const attemptsBeforeContact = 2

const jitter = 0.2

// retryPolicy says how often a call is made at most, and after what pauses.
type retryPolicy struct {
	maxAttempts    int
	initialBackoff time.Duration
	maxBackoff     time.Duration
	multiplier     float64
}

// The policy, and the methods that may be called twice without harm, as "/gaitway.v1.CatalogService/GetEnvironment".
var policy, repeatable = readServiceConfig(serviceConfig)

func readServiceConfig(text []byte) (retryPolicy, map[string]bool) {
	var config struct {
		MethodConfig []struct {
			Name        []struct{ Service, Method string }
			RetryPolicy struct {
				MaxAttempts       int
				InitialBackoff    string
				MaxBackoff        string
				BackoffMultiplier float64
			}
		}
	}
	if err := json.Unmarshal(text, &config); err != nil || len(config.MethodConfig) != 1 {
		panic("gaitway: service_config.json, a part of this package, is not one method config")
	}
	only := config.MethodConfig[0]
	initial, err1 := time.ParseDuration(only.RetryPolicy.InitialBackoff)
	longest, err2 := time.ParseDuration(only.RetryPolicy.MaxBackoff)
	if err := errors.Join(err1, err2); err != nil {
		panic("gaitway: service_config.json, a part of this package: " + err.Error())
	}
	methods := map[string]bool{}
	for _, name := range only.Name {
		methods["/"+name.Service+"/"+name.Method] = true
	}
	return retryPolicy{only.RetryPolicy.MaxAttempts, initial, longest, only.RetryPolicy.BackoffMultiplier}, methods
}

// pauseAfter is the pause before the next attempt; false if there is to be none.
func pauseAfter(failure *Error, made int, repeatable, answered bool) (time.Duration, bool) {
	pushback, told := "", false
	if values := failure.trailer.Get("grpc-retry-pushback-ms"); len(values) > 0 {
		pushback, told = strings.TrimSpace(values[0]), true
	}
	again := false
	switch failure.Code {
	case codes.Unavailable:
		again = repeatable || failure.Reason == "DRAINING" || failure.neverSent()
	case codes.ResourceExhausted:
		again = told
	}
	most := attemptsBeforeContact
	if answered {
		most = policy.maxAttempts
	}
	if !again || made >= most {
		return 0, false
	}
	if told {
		millis, err := strconv.ParseUint(pushback, 10, 31)
		return time.Duration(millis) * time.Millisecond, err == nil
	}
	longest := min(float64(policy.maxBackoff), float64(policy.initialBackoff)*math.Pow(policy.multiplier, float64(made-1)))
	return time.Duration(longest * (1 - jitter + 2*jitter*rand.Float64())), true
}
