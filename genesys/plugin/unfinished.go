package plugin

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
)

// unfinished tells the engine that an object exists but is not as asked for. The engine keeps its id, and the next
// update finishes it instead of creating a second one.
func unfinished(id string, inputs, state resource.PropertyMap, cause error) error {
	options := sdk.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}
	rpcInputs, err := sdk.MarshalProperties(inputs, options)
	if err != nil {
		return errors.Join(cause, err)
	}
	rpcState, err := sdk.MarshalProperties(state, options)
	if err != nil {
		return errors.Join(cause, err)
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Inputs: rpcInputs, Properties: rpcState, Reasons: []string{cause.Error()},
	})
}
