package awsprovider

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
)

func archiveBytes(a *resource.Archive) ([]byte, error) {
	if a.IsPath() {
		if info, err := os.Stat(a.Path); err != nil {
			return nil, err
		} else if !info.IsDir() {
			return os.ReadFile(a.Path)
		}
	}
	return a.Bytes(archive.ZIPArchive)
}

// roleNotReady: Lambda learns of a new role, its trust and its policies some seconds after IAM does.
func roleNotReady(err error) bool {
	if !hasCode(err, lambdaInvalid) {
		return false
	}
	text := err.Error()
	return strings.Contains(text, "cannot be assumed by Lambda") || strings.Contains(text, "execution role does not have permissions") ||
		strings.Contains(text, "function execution role does not have") || strings.Contains(text, "KMS key is invalid for CreateGrant")
}

// inProgress: Lambda takes one change of a function or a mapping at a time.
func inProgress(err error) bool {
	return hasCode(err, "ResourceConflictException", "ResourceInUseException") && strings.Contains(err.Error(), "in progress") ||
		hasCode(err, "ResourceInUseException")
}

func createFunction(ctx context.Context, c *cloud, in args) (string, error) {
	name := in.str("name")
	body, err := zipped(in)
	if err != nil {
		return "", err
	}
	if err := assumableByLambda(ctx, c, in.str("role")); err != nil {
		return "", err
	}
	request := &lambda.CreateFunctionInput{
		FunctionName: &name, Code: &types.FunctionCode{ZipFile: body}, Role: in.strp("role"), Architectures: architectures(in),
		Description: in.strp("description"), Handler: in.strp("handler"), KMSKeyArn: in.strp("kmsKeyArn"), MemorySize: in.int32p("memorySize"),
		Runtime: types.Runtime(in.str("runtime")), Timeout: in.int32p("timeout"), Environment: functionEnvironment(in),
		EphemeralStorage: functionStorage(in), LoggingConfig: functionLogging(in), TracingConfig: functionTracing(in), Tags: in.stringMap("tags"),
	}
	if d := in.object("deadLetterConfig"); d != nil {
		request.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: d.strp("targetArn")}
	}
	err = eventually(ctx, "role "+in.str("role")+" to be assumable by Lambda", roleNotReady, func() error {
		_, err := c.lambda().CreateFunction(ctx, request)
		return err
	})
	if err != nil {
		return "", wrap(err, "creating function "+name)
	}
	if err := functionReady(ctx, c, name); err != nil {
		return name, err
	}
	if err := setConcurrency(ctx, c, name, args{"reservedConcurrentExecutions": -1.0}, in); err != nil {
		return name, err
	}
	if in.boolean("publish") {
		return name, publishVersion(ctx, c, name)
	}
	return name, nil
}

func architectures(in args) []types.Architecture {
	out := []types.Architecture{}
	for _, a := range in.strings("architectures") {
		out = append(out, types.Architecture(a))
	}
	return out
}

func functionEnvironment(in args) *types.Environment {
	return &types.Environment{Variables: in.object("environment").stringMap("variables")}
}

func functionStorage(in args) *types.EphemeralStorage {
	size := in.object("ephemeralStorage").int32p("size")
	if size == nil {
		size = aws.Int32(minStorage)
	}
	return &types.EphemeralStorage{Size: size}
}

func functionLogging(in args) *types.LoggingConfig {
	l := in.object("loggingConfig")
	if l == nil {
		return nil
	}
	return &types.LoggingConfig{
		LogFormat: types.LogFormat(l.str("logFormat")), LogGroup: l.strp("logGroup"),
		ApplicationLogLevel: types.ApplicationLogLevel(l.str("applicationLogLevel")), SystemLogLevel: types.SystemLogLevel(l.str("systemLogLevel")),
	}
}

func functionTracing(in args) *types.TracingConfig {
	t := in.object("tracingConfig")
	if t == nil {
		return nil
	}
	return &types.TracingConfig{Mode: types.TracingMode(t.str("mode"))}
}

// functionReady waits until a function can be invoked and changed.
func functionReady(ctx context.Context, c *cloud, name string) error {
	return until(ctx, stateDeadline, "function "+name+" to be ready", func() (bool, error) {
		out, err := c.lambda().GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		switch {
		case err != nil:
			return false, err
		case out.State == types.StateFailed:
			return false, fmt.Errorf("its state is %s: %s", out.State, aws.ToString(out.StateReason))
		case out.LastUpdateStatus == types.LastUpdateStatusFailed:
			return false, fmt.Errorf("its last update failed: %s", aws.ToString(out.LastUpdateStatusReason))
		}
		return (out.State == types.StateActive || out.State == types.StateInactive || out.State == "") &&
			out.LastUpdateStatus != types.LastUpdateStatusInProgress, nil
	})
}

func setConcurrency(ctx context.Context, c *cloud, name string, old, next args) error {
	reserved := next.int32p("reservedConcurrentExecutions")
	if old["reservedConcurrentExecutions"] == next["reservedConcurrentExecutions"] || reserved == nil {
		return nil
	}
	var err error
	if *reserved < 0 {
		_, err = c.lambda().DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: &name})
	} else {
		_, err = c.lambda().PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{
			FunctionName: &name, ReservedConcurrentExecutions: reserved,
		})
	}
	return wrap(err, "setting the reserved concurrency of function "+name)
}

func publishVersion(ctx context.Context, c *cloud, name string) error {
	var version string
	err := eventually(ctx, "function "+name+" to take a new version", inProgress, func() error {
		out, err := c.lambda().PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: &name})
		if err == nil {
			version = aws.ToString(out.Version)
		}
		return err
	})
	if err != nil {
		return wrap(err, "publishing a version of function "+name)
	}
	return functionReady(ctx, c, name+":"+version)
}

func updateFunction(ctx context.Context, c *cloud, id string, old, next args) error {
	fields := function().inputs
	configured := configurationChanged(old, next)
	if configured {
		if err := updateConfiguration(ctx, c, id, old, next); err != nil {
			return err
		}
	}
	coded := !same(fields["code"], old["code"], next["code"]) || !same(fields["architectures"], old["architectures"], next["architectures"])
	if coded {
		body, err := zipped(next)
		if err != nil {
			return err
		}
		err = eventually(ctx, "function "+id+" to take new code", inProgress, func() error {
			_, err := c.lambda().UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{
				FunctionName: &id, ZipFile: body, Architectures: architectures(next),
			})
			return err
		})
		if err != nil {
			return wrap(err, "updating the code of function "+id)
		}
		if err := functionReady(ctx, c, id); err != nil {
			return err
		}
	}
	if err := setConcurrency(ctx, c, id, old, next); err != nil {
		return err
	}
	if err := updateFunctionTags(ctx, c, id, old, next); err != nil {
		return err
	}
	if next.boolean("publish") && (configured || coded || !old.boolean("publish")) {
		return publishVersion(ctx, c, id)
	}
	return nil
}

func updateConfiguration(ctx context.Context, c *cloud, id string, old, next args) error {
	if old["role"] != next["role"] {
		if err := assumableByLambda(ctx, c, next.str("role")); err != nil {
			return err
		}
	}
	request := &lambda.UpdateFunctionConfigurationInput{
		FunctionName: &id, Role: next.strp("role"), Description: next.strp("description"), Handler: next.strp("handler"),
		KMSKeyArn: aws.String(next.str("kmsKeyArn")), MemorySize: next.int32p("memorySize"), Runtime: types.Runtime(next.str("runtime")),
		Timeout: next.int32p("timeout"), Environment: functionEnvironment(next), EphemeralStorage: functionStorage(next),
		LoggingConfig: functionLogging(next), TracingConfig: functionTracing(next),
		DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String(next.object("deadLetterConfig").str("targetArn"))},
	}
	passing := func(err error) bool { return roleNotReady(err) || inProgress(err) }
	err := eventually(ctx, "function "+id+" to take a new configuration", passing, func() error {
		_, err := c.lambda().UpdateFunctionConfiguration(ctx, request)
		return err
	})
	if err != nil {
		return wrap(err, "updating function "+id)
	}
	return functionReady(ctx, c, id)
}

func updateFunctionTags(ctx context.Context, c *cloud, id string, old, next args) error {
	set, removed := tagChanges(old, next)
	if len(set) == 0 && len(removed) == 0 {
		return nil
	}
	out, err := c.lambda().GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &id})
	if err != nil {
		return wrap(err, "reading function "+id)
	}
	return tagLambda(ctx, c, out.FunctionArn, set, removed)
}

func tagLambda(ctx context.Context, c *cloud, arn *string, set map[string]string, removed []string) error {
	if len(removed) > 0 {
		if _, err := c.lambda().UntagResource(ctx, &lambda.UntagResourceInput{Resource: arn, TagKeys: removed}); err != nil {
			return wrap(err, "untagging "+aws.ToString(arn))
		}
	}
	if len(set) > 0 {
		if _, err := c.lambda().TagResource(ctx, &lambda.TagResourceInput{Resource: arn, Tags: set}); err != nil {
			return wrap(err, "tagging "+aws.ToString(arn))
		}
	}
	return nil
}

func deleteFunction(ctx context.Context, c *cloud, id string, _ args) error {
	err := eventually(ctx, "function "+id+" to be deletable", inProgress, func() error {
		_, err := c.lambda().DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &id})
		return err
	})
	return gone(err, "deleting function "+id, lambdaNotFound)
}
