package awsprovider

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func readFunction(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	out, err := c.lambda().GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &id})
	if err != nil {
		return nil, gone(err, "reading function "+id, lambdaNotFound)
	}
	f := out.Configuration
	observed := observedFunction(f)
	observed["tags"] = nonEmpty(anyMap(out.Tags))
	concurrency, err := c.lambda().GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &id})
	if err != nil {
		return nil, gone(err, "reading the reserved concurrency of function "+id, lambdaNotFound)
	}
	observed["reservedConcurrentExecutions"] = -1.0
	if r := concurrency.ReservedConcurrentExecutions; r != nil {
		observed["reservedConcurrentExecutions"] = float64(*r)
	}
	version := latestVersion
	if prior.boolean("publish") {
		if version, err = newestVersion(ctx, c, id); err != nil {
			return nil, err
		}
	}
	arn := aws.ToString(f.FunctionArn)
	observed["version"], observed["qualifiedArn"] = version, arn+":"+version
	observed["invokeArn"], observed["qualifiedInvokeArn"] = c.invokeARN(arn), c.invokeARN(arn+":"+version)
	return observed, nil
}

func (c *cloud) invokeARN(function string) string {
	return fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", c.partition, c.region, function)
}

func observedFunction(f *types.FunctionConfiguration) args {
	observed := args{
		"arn": aws.ToString(f.FunctionArn), "name": aws.ToString(f.FunctionName), "codeSha256": aws.ToString(f.CodeSha256),
		"lastModified": aws.ToString(f.LastModified), "sourceCodeSize": float64(f.CodeSize), "signingJobArn": aws.ToString(f.SigningJobArn),
		"signingProfileVersionArn": aws.ToString(f.SigningProfileVersionArn), "description": aws.ToString(f.Description),
		"handler": optional(f.Handler), "role": optional(f.Role), "runtime": string(f.Runtime), "memorySize": optional(f.MemorySize),
		"timeout": optional(f.Timeout), "kmsKeyArn": optional(f.KMSKeyArn), "environment": nil, "deadLetterConfig": nil,
	}
	if len(f.Architectures) > 0 {
		observed["architectures"] = anyList(f.Architectures)
	}
	if e := f.Environment; e != nil && len(e.Variables) > 0 {
		observed["environment"] = map[string]any{"variables": anyMap(e.Variables)}
	}
	if s := f.EphemeralStorage; s != nil {
		observed["ephemeralStorage"] = map[string]any{"size": optional(s.Size)}
	}
	if l := f.LoggingConfig; l != nil {
		format, application, system := string(l.LogFormat), string(l.ApplicationLogLevel), string(l.SystemLogLevel)
		observed["loggingConfig"] = map[string]any{
			"logFormat": optional(&format), "logGroup": optional(l.LogGroup), "applicationLogLevel": optional(&application),
			"systemLogLevel": optional(&system),
		}
	}
	if t := f.TracingConfig; t != nil {
		observed["tracingConfig"] = map[string]any{"mode": string(t.Mode)}
	}
	if d := f.DeadLetterConfig; d != nil && aws.ToString(d.TargetArn) != "" {
		observed["deadLetterConfig"] = map[string]any{"targetArn": aws.ToString(d.TargetArn)}
	}
	return observed
}

func newestVersion(ctx context.Context, c *cloud, name string) (string, error) {
	newest := 0
	pages := lambda.NewListVersionsByFunctionPaginator(c.lambda(), &lambda.ListVersionsByFunctionInput{FunctionName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", gone(err, "reading the versions of function "+name, lambdaNotFound)
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
