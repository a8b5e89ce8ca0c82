package gaitway

import (
	"testing"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// EndpointParts is what an endpoint is made of.
type EndpointParts struct {
	Host      string
	Port      int
	Socket    string
	HasTLS    bool
	TLS       TLS
	TokenFile string
}

// Parts takes an endpoint apart.
func Parts(e *Endpoint) EndpointParts {
	parts := EndpointParts{Host: e.host, Port: e.port, Socket: e.socket, TokenFile: e.tokenFile, HasTLS: e.tls != nil}
	if e.tls != nil {
		parts.TLS = *e.tls
	}
	return parts
}

// CheckIdempotency holds the methods that are called twice against the idempotency levels of the contract.
func CheckIdempotency(t *testing.T) {
	for _, file := range []protoreflect.FileDescriptor{
		gaitwayv1.File_gaitway_v1_admin_proto, gaitwayv1.File_gaitway_v1_agent_proto, gaitwayv1.File_gaitway_v1_catalog_proto,
		gaitwayv1.File_gaitway_v1_dynamics_proto, gaitwayv1.File_gaitway_v1_environment_proto,
		gaitwayv1.File_gaitway_v1_evaluation_proto, gaitwayv1.File_gaitway_v1_usage_proto,
	} {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				level := method.Options().(*descriptorpb.MethodOptions).GetIdempotencyLevel()
				name := "/" + string(service.FullName()) + "/" + string(method.Name())
				if repeatable[name] != (level != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN) {
					t.Errorf("%s is repeated: %t, but its idempotency level is %v", name, repeatable[name], level)
				}
			}
		}
	}
}
