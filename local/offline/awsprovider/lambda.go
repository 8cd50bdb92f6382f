package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
)

const (
	lambdaInvalid = "InvalidParameterValueException"
	latestVersion = "$LATEST"
)

func lambdaTypes() []*resourceType {
	return []*resourceType{function(), lambdaAlias(), eventSourceMapping()}
}

// configurable are the properties that UpdateFunctionConfiguration sets.
func configurable() []string {
	return []string{
		"description", "environment", "handler", "loggingConfig", "memorySize", "role", "runtime", "timeout", "tracingConfig",
	}
}

func lambdaTags() *tagging {
	return &tagging{
		"arn", op((*cloud).lambda, (*lambda.Client).ListTags), op((*cloud).lambda, (*lambda.Client).TagResource),
		op((*cloud).lambda, (*lambda.Client).UntagResource),
	}
}

func function() *resourceType {
	return &resourceType{
		token: "aws:lambda/function:Function",
		inputs: properties{
			"name":          str(identity, as("FunctionName"), must(named(64, `[a-zA-Z0-9_-]`))),
			"architectures": list(str(must(oneOf("x86_64", "arm64"))), computed),
			"code":          code(required),
			"description":   str(fallback("")),
			"environment": object(properties{"variables": dictionary(str())},
				fallback(map[string]any{"variables": map[string]any{}})),
			"handler": str(required),
			"loggingConfig": object(properties{
				"logFormat": str(required, must(oneOf("Text", "JSON"))), "logGroup": str(computed),
				"applicationLogLevel": str(), "systemLogLevel": str(),
			}, fallback(map[string]any{"logFormat": "Text"})),
			"memorySize":                   integer(fallback(128.0)),
			"publish":                      boolean(fallback(false), as()),
			"reservedConcurrentExecutions": integer(fallback(-1.0), as()),
			"role":                         str(required, must(arn)),
			"runtime":                      str(required, must(oneOf("provided.al2023"))),
			"timeout":                      integer(fallback(3.0)),
			"tracingConfig":                object(properties{"mode": str(required, must(oneOf("Active", "PassThrough")))}, computed),
			"tags":                         tags(),
		},
		outputs: map[string]string{
			"arn": "FunctionArn", "codeSha256": "CodeSha256", "invokeArn": "", "lastModified": "LastModified", "qualifiedArn": "",
			"qualifiedInvokeArn": "", "signingJobArn": "SigningJobArn", "signingProfileVersionArn": "SigningProfileVersionArn",
			"sourceCodeSize": "CodeSize", "version": "",
		},
		changes: functionChanges,
		id:      "FunctionName",
		create:  op((*cloud).lambda, (*lambda.Client).CreateFunction),
		allowed: assumableByLambda,
		request: func(_ *cloud, request any, in args) (err error) {
			switch r := request.(type) {
			case *lambda.CreateFunctionInput:
				r.Code = &types.FunctionCode{}
				r.Code.ZipFile, err = zipped(in)
			case *lambda.UpdateFunctionCodeInput:
				r.ZipFile, err = zipped(in)
			}
			return err
		},
		passing: lambdaPassing,
		ready:   functionReady,
		read:    op((*cloud).lambda, (*lambda.Client).GetFunction), found: "Configuration", also: readFunctionSettings,
		edits: []edit{
			{on: configurable(), call: op((*cloud).lambda, (*lambda.Client).UpdateFunctionConfiguration)},
			{on: []string{"code", "architectures"}, call: op((*cloud).lambda, (*lambda.Client).UpdateFunctionCode)},
			{on: []string{"reservedConcurrentExecutions"}, follows: true, do: setConcurrency},
			{on: append(configurable(), "code", "architectures", "publish"), follows: true, do: publishVersion},
		},
		remove: op((*cloud).lambda, (*lambda.Client).DeleteFunction),
		gone:   []string{"ResourceNotFoundException"},
		tags:   lambdaTags(),
	}
}

// functionChanges: new code or configuration is a new version where versions are published, and what hangs on the
// version (an alias) must learn in the preview that it will change.
func functionChanges(old, next args) (out []string) {
	fields := function().inputs
	differs := func(name string) bool { return !same(fields[name], old[name], next[name]) }
	coded, changed := differs("code"), differs("code") || slices.ContainsFunc(configurable(), differs)
	if coded {
		out = append(out, "codeSha256", "sourceCodeSize")
	}
	if changed {
		out = append(out, "lastModified")
	}
	if next.Bool("publish") && changed || differs("publish") {
		out = append(out, "version", "qualifiedArn", "qualifiedInvokeArn")
	}
	return out
}

// zipped reads the code. A .zip goes up byte for byte, so that file modes and the hash stay as they were built.
func zipped(in args) ([]byte, error) {
	a, ok := in["code"].(*resource.Archive)
	if !ok {
		return nil, fmt.Errorf("code is %s, and should be an archive", describe(in["code"]))
	}
	if a.IsPath() && strings.HasSuffix(a.Path, ".zip") {
		return os.ReadFile(a.Path)
	}
	return a.Bytes(archive.ZIPArchive)
}

// lambdaPassing: Lambda learns of a new role, its trust and its policies some seconds after IAM does, and takes one change
// at a time.
func lambdaPassing(err error) bool {
	text := err.Error()
	return hasCode(err, lambdaInvalid) && (strings.Contains(text, "cannot be assumed by Lambda") || strings.Contains(text, "execution role does not have")) ||
		hasCode(err, "ResourceConflictException") && strings.Contains(text, "in progress") || hasCode(err, "ResourceInUseException")
}

// assumableByLambda is what Lambda checks when it is given a role, and emulators do not: the role exists and trusts Lambda.
func assumableByLambda(ctx context.Context, c *cloud, old, in args) error {
	role := in.Text("role")
	if old.Text("role") == role {
		return nil
	}
	refused := fmt.Errorf("%s: The role defined for the function cannot be assumed by Lambda (role %s", lambdaInvalid, role)
	found, err := iamTypes()[0].observe(ctx, c, role[strings.LastIndex(role, "/")+1:], nil)
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("%w does not exist)", refused)
	}
	if err != nil {
		return err
	}
	trusted := false
	err = eachStatement(found["assumeRolePolicy"], func(s map[string]any) error {
		trusted = trusted || s["Effect"] == "Allow" && slices.Contains(oneOrMore(s["Action"]), any("sts:AssumeRole")) &&
			slices.Contains(oneOrMore(asObject(s["Principal"])["Service"]), any("lambda.amazonaws.com"))
		return nil
	})
	if err == nil && !trusted {
		err = fmt.Errorf("%w does not trust lambda.amazonaws.com)", refused)
	}
	return err
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
		return out.State != types.StatePending && out.LastUpdateStatus != types.LastUpdateStatusInProgress, nil
	})
}

func setConcurrency(ctx context.Context, c *cloud, name string, _, next args) (err error) {
	if reserved := int32(next.Number("reservedConcurrentExecutions")); reserved < 0 {
		_, err = c.lambda().DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: &name})
	} else {
		_, err = c.lambda().PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{
			FunctionName: &name, ReservedConcurrentExecutions: &reserved,
		})
	}
	return wrap(err, "setting the reserved concurrency of function "+name)
}

func publishVersion(ctx context.Context, c *cloud, name string, _, next args) error {
	if !next.Bool("publish") {
		return nil
	}
	err := eventually(ctx, "function "+name+" to take a new version", lambdaPassing, func() error {
		_, err := c.lambda().PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: &name})
		return err
	})
	return wrap(err, "publishing a version of function "+name)
}

func readFunctionSettings(ctx context.Context, c *cloud, id string, _ any, prior, found args) error {
	concurrency, err := c.lambda().GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &id})
	if err != nil {
		return err
	}
	found["reservedConcurrentExecutions"] = -1.0
	if r := concurrency.ReservedConcurrentExecutions; r != nil {
		found["reservedConcurrentExecutions"] = float64(*r)
	}
	version := latestVersion
	if prior.Bool("publish") {
		if version, err = newestVersion(ctx, c, id); err != nil {
			return err
		}
	}
	arn := found.Text("arn")
	found["version"], found["qualifiedArn"] = version, arn+":"+version
	found["invokeArn"], found["qualifiedInvokeArn"] = c.invokeARN(arn), c.invokeARN(arn+":"+version)
	return nil
}

func (c *cloud) invokeARN(function string) string {
	return fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", c.partition, c.region, function)
}

func newestVersion(ctx context.Context, c *cloud, name string) (string, error) {
	newest := 0
	pages := lambda.NewListVersionsByFunctionPaginator(c.lambda(), &lambda.ListVersionsByFunctionInput{FunctionName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, v := range page.Versions {
			if n, err := strconv.Atoi(aws.ToString(v.Version)); err == nil {
				newest = max(newest, n)
			}
		}
	}
	if newest == 0 {
		return latestVersion, nil
	}
	return strconv.Itoa(newest), nil
}

func lambdaAlias() *resourceType {
	return &resourceType{
		token: "aws:lambda/alias:Alias",
		inputs: properties{
			"name":            str(identity, must(named(128, `[a-zA-Z0-9_-]`))),
			"functionName":    str(identity),
			"functionVersion": str(required),
			"description":     str(fallback("")),
		},
		outputs: map[string]string{"arn": "AliasArn", "invokeArn": ""},
		id:      "AliasArn",
		keysOf:  aliasKeys,
		create:  op((*cloud).lambda, (*lambda.Client).CreateAlias),
		passing: lambdaPassing,
		read:    op((*cloud).lambda, (*lambda.Client).GetAlias),
		also: func(_ context.Context, c *cloud, id string, _ any, prior, found args) error {
			found["invokeArn"] = c.invokeARN(found.Text("arn"))
			if prior["functionName"] == nil { // the program may have named the function by its name or by its ARN
				keys, _ := aliasKeys(id)
				found["functionName"] = bareFunction(keys["FunctionName"])
			}
			return nil
		},
		edits:  []edit{{call: op((*cloud).lambda, (*lambda.Client).UpdateAlias)}},
		remove: op((*cloud).lambda, (*lambda.Client).DeleteAlias),
		gone:   []string{"ResourceNotFoundException"},
	}
}

// aliasForm is an alias's ARN, or the function/alias of an import.
var aliasForm = regexp.MustCompile(`^(arn:.+:function:[a-zA-Z0-9_-]+|[a-zA-Z0-9_-]+)[:/]([a-zA-Z0-9_-]+)$`)

func aliasKeys(id string) (map[string]string, error) {
	m := aliasForm.FindStringSubmatch(id)
	if m == nil {
		return nil, fmt.Errorf("id %q should look like function/alias or be an alias's ARN", id)
	}
	return map[string]string{"FunctionName": m[1], "Name": m[2]}, nil
}

func eventSourceMapping() *resourceType {
	return &resourceType{
		token: "aws:lambda/eventSourceMapping:EventSourceMapping",
		inputs: properties{
			"batchSize":                      integer(fallback(10.0)),
			"enabled":                        boolean(fallback(true)),
			"eventSourceArn":                 str(required, replaces, must(arn)),
			"functionName":                   str(required),
			"functionResponseTypes":          set(str(must(oneOf("ReportBatchItemFailures")))),
			"maximumBatchingWindowInSeconds": integer(fallback(0.0)),
			"metricsConfig":                  object(properties{"metrics": set(str(must(oneOf("EventCount"))), required, must(notEmpty))}),
			"scalingConfig":                  object(properties{"maximumConcurrency": integer()}),
			"tags":                           tags(),
		},
		outputs: map[string]string{
			"arn": "EventSourceMappingArn", "functionArn": "FunctionArn", "lastModified": "LastModified",
			"lastProcessingResult": "LastProcessingResult", "state": "State", "stateTransitionReason": "StateTransitionReason", "uuid": "UUID",
		},
		changes: func(old, next args) []string {
			out := []string{"lastModified"}
			if old["functionName"] != next["functionName"] {
				out = append(out, "functionArn")
			}
			if old["enabled"] != next["enabled"] {
				out = append(out, "state")
			}
			return out
		},
		rules:   []func(args) *problem{windowForLargeBatch},
		id:      "UUID",
		create:  op((*cloud).lambda, (*lambda.Client).CreateEventSourceMapping),
		allowed: mappable,
		passing: lambdaPassing,
		request: func(_ *cloud, request any, in args) error { // what is missing stays as it is: it must be said to be empty
			r, ok := request.(*lambda.UpdateEventSourceMappingInput)
			if ok && in["scalingConfig"] == nil {
				r.ScalingConfig = &types.ScalingConfig{}
			}
			if ok && in["metricsConfig"] == nil {
				r.MetricsConfig = &types.EventSourceMappingMetricsConfig{Metrics: []types.EventSourceMappingMetric{}}
			}
			if ok && in["functionResponseTypes"] == nil {
				r.FunctionResponseTypes = []types.FunctionResponseType{}
			}
			return nil
		},
		ready: mappingSettled,
		read:  op((*cloud).lambda, (*lambda.Client).GetEventSourceMapping), also: readMappingState,
		edits:    []edit{{call: op((*cloud).lambda, (*lambda.Client).UpdateEventSourceMapping)}},
		remove:   op((*cloud).lambda, (*lambda.Client).DeleteEventSourceMapping),
		vanished: true,
		gone:     []string{"ResourceNotFoundException"},
		tags:     lambdaTags(),
	}
}

func windowForLargeBatch(in args) *problem {
	if in.Number("batchSize") > 10 && in.Known("maximumBatchingWindowInSeconds") && in.Number("maximumBatchingWindowInSeconds") < 1 {
		return &problem{Property: "maximumBatchingWindowInSeconds", Reason: lambdaInvalid + ": Maximum batch window in seconds must be " +
			"greater than 0 if maximum batch size is greater than 10"}
	}
	return nil
}

// mappable is what Lambda checks when a mapping is created, and only then; emulators do not.
func mappable(ctx context.Context, c *cloud, old, in args) error {
	if old != nil {
		return nil
	}
	queue, err := queueByARN(ctx, c, in.Text("eventSourceArn"))
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("%s: The resource that you provided (%s) does not exist: event source is no queue of this account",
			lambdaInvalid, in.Text("eventSourceArn"))
	}
	if err != nil {
		return err
	}
	name := in.Text("functionName")
	function, err := c.lambda().GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return wrap(err, "reading function "+name)
	}
	visibility, err := strconv.Atoi(queue["VisibilityTimeout"])
	if timeout := int(aws.ToInt32(function.Timeout)); err == nil && visibility < timeout {
		return fmt.Errorf("%s: Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", lambdaInvalid, visibility, timeout)
	}
	return wrap(err, "reading the queue's visibility timeout")
}

// mappingSettled waits until a mapping is Enabled or Disabled.
func mappingSettled(ctx context.Context, c *cloud, id string) error {
	return until(ctx, stateDeadline, "mapping "+id+" to be enabled or disabled", func() (bool, error) {
		out, err := c.lambda().GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
		return err == nil && slices.Contains([]string{"Enabled", "Disabled"}, aws.ToString(out.State)), err
	})
}

func readMappingState(_ context.Context, _ *cloud, id string, _ any, prior, found args) error {
	function := found.Text("functionArn")
	if found["arn"] == "" { // older APIs do not tell it
		prefix, _, _ := strings.Cut(function, ":function:")
		found["arn"] = prefix + ":event-source-mapping:" + id
	}
	switch found.Text("state") {
	case "Enabled", "Enabling":
		found["enabled"] = true
	case "Disabled", "Disabling":
		found["enabled"] = false
	}
	// The program may have named the function by name, ARN or alias; only another function is drift.
	delete(found, "functionName")
	if written := prior.Text("functionName"); written == "" || bareFunction(written) != bareFunction(function) {
		found["functionName"] = function
	}
	return nil
}

// bareFunction is the name of a function without ARN and qualifier.
func bareFunction(reference string) string {
	if _, name, ok := strings.Cut(reference, ":function:"); ok {
		reference = name
	}
	name, _, _ := strings.Cut(reference, ":")
	return name
}
