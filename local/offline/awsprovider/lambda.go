package awsprovider

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Lambda's limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxFunctionName     = 64
	minMemory           = 128
	maxMemory           = 10240
	maxFunctionTimeout  = 900
	minStorage          = 512
	maxStorage          = 10240
	maxEnvironmentBytes = 4096
	maxFunctionText     = 256
	lambdaNotFound      = "ResourceNotFoundException"
	lambdaInvalid       = "InvalidParameterValueException"
	latestVersion       = "$LATEST"
)

func lambdaTypes() []*resourceType {
	return []*resourceType{function(), lambdaAlias(), eventSourceMapping(), permission()}
}

func function() *resourceType {
	level := func(first string) property {
		levels := []string{"DEBUG", "INFO", "WARN"}
		if first != "" {
			levels = []string{first, "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}
		}
		return str(computed, must(oneOf(levels...)))
	}
	return &resourceType{
		token: "aws:lambda/function:Function",
		inputs: properties{
			"name":          str(identity, must(named(maxFunctionName, `[a-zA-Z0-9_-]`))),
			"architectures": list(str(must(oneOf("x86_64", "arm64"))), fallback([]any{"x86_64"}), must(sized(1, 1))),
			"code":          code(required),
			"description":   str(fallback(""), must(atMost(maxFunctionText))),
			"environment":   object(properties{"variables": dictionary(str(), must(environment))}, fallback(map[string]any{})),
			"ephemeralStorage": object(properties{"size": integer(fallback(float64(minStorage)), must(between(minStorage, maxStorage)))},
				fallback(map[string]any{})),
			"deadLetterConfig": object(properties{"targetArn": str(required, must(arn))}),
			"handler":          str(required, must(atMost(128))),
			"kmsKeyArn":        str(must(arn)),
			"loggingConfig": object(properties{
				"logFormat": str(required, must(oneOf("Text", "JSON"))), "logGroup": str(computed, must(named(512, `[.\-_/#A-Za-z0-9]`))),
				"applicationLogLevel": level("TRACE"), "systemLogLevel": level(""),
			}, computed),
			"memorySize":                   integer(fallback(128.0), must(between(minMemory, maxMemory))),
			"publish":                      boolean(fallback(false)),
			"reservedConcurrentExecutions": integer(fallback(-1.0), must(between(-1, 1e9))),
			"role":                         str(required, must(arn)),
			"runtime":                      str(required, must(runtime)),
			"timeout":                      integer(fallback(3.0), must(between(1, maxFunctionTimeout))),
			"tracingConfig":                object(properties{"mode": str(required, must(oneOf("Active", "PassThrough")))}, computed),
			"tags":                         tags(),
		},
		outputs: functionOutputs(),
		changes: functionChanges,
		rules:   []func(args) *problem{jsonLevels},
		create:  createFunction, read: readFunction, update: updateFunction, remove: deleteFunction,
	}
}

func functionOutputs() []string {
	return []string{
		"arn", "codeSha256", "invokeArn", "lastModified", "qualifiedArn", "qualifiedInvokeArn", "signingJobArn",
		"signingProfileVersionArn", "sourceCodeSize", "version",
	}
}

// functionChanges: new code or configuration is a new version where versions are published, and what hangs on the
// version (an alias) must learn in the preview that it will change.
func functionChanges(old, next args) []string {
	fields := function().inputs
	codeChanged, configured := !same(fields["code"], old["code"], next["code"]), configurationChanged(old, next)
	var out []string
	if codeChanged {
		out = append(out, "codeSha256", "sourceCodeSize")
	}
	if codeChanged || configured {
		out = append(out, "lastModified")
	}
	if next.boolean("publish") && (codeChanged || configured || !old.boolean("publish")) ||
		next.boolean("publish") != old.boolean("publish") {
		out = append(out, "version", "qualifiedArn", "qualifiedInvokeArn")
	}
	return out
}

// configurationChanged tells whether UpdateFunctionConfiguration has anything to do. Architecture travels with the code.
func configurationChanged(old, next args) bool {
	fields := function().inputs
	for _, name := range []string{
		"deadLetterConfig", "description", "environment", "ephemeralStorage", "handler", "kmsKeyArn", "loggingConfig", "memorySize", "role",
		"runtime", "timeout", "tracingConfig",
	} {
		if !same(fields[name], old[name], next[name]) {
			return true
		}
	}
	return false
}

// runtime accepts what AWS still lets functions be made with, and reports the ones that it does not.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
func runtime(v any) error {
	return oneOf("provided.al2023", "provided.al2", "nodejs24.x", "nodejs22.x", "nodejs20.x", "python3.14", "python3.13", "python3.12",
		"python3.11", "python3.10", "java25", "java21", "java17", "dotnet10", "dotnet8", "ruby3.4", "ruby3.3", "ruby3.2")(v)
}

// environment: variables that Lambda sets itself cannot be set.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func environment(v any) error {
	variables, _ := v.(map[string]any)
	size := 0
	for name, value := range variables {
		text, _ := value.(string)
		size += len(name) + len(text)
		if strings.HasPrefix(name, "AWS_LAMBDA_") && name != "AWS_LAMBDA_EXEC_WRAPPER" || reservedVariable(name) {
			return fmt.Errorf("%s: Lambda was unable to configure your environment variables because the environment variables you have "+
				"provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s",
				lambdaInvalid, name)
		}
		if r, _ := utf8.DecodeRuneInString(name); len(name) < 2 || !isLetter(r) || strings.ContainsFunc(name, notWord) {
			return fmt.Errorf("environment variable %q must begin with a letter, have letters, digits and _ only, and at least two of them", name)
		}
	}
	if size > maxEnvironmentBytes {
		return fmt.Errorf("%s: Lambda was unable to configure your environment variables because the environment variables you have "+
			"provided exceeded the 4KB limit: they have %d bytes", lambdaInvalid, size)
	}
	return nil
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func notWord(r rune) bool { return !isLetter(r) && r != '_' && (r < '0' || r > '9') }

func reservedVariable(name string) bool {
	switch name {
	case "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR":
		return true
	}
	return false
}

// jsonLevels: levels need structured logs.
func jsonLevels(in args) *problem {
	logging := in.object("loggingConfig")
	for _, name := range []string{"applicationLogLevel", "systemLogLevel"} {
		if logging.str("logFormat") == "Text" && logging.has(name) {
			return &problem{"loggingConfig." + name, lambdaInvalid + ": log levels can only be set when logFormat is JSON"}
		}
	}
	return nil
}

// maxUpload is the size of a zip that can be given in a call: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxUpload = 50 << 20

// zipped reads the code. A .zip goes up byte for byte, so that file modes and the hash stay as they were built.
func zipped(in args) ([]byte, error) {
	archive, ok := in["code"].(*resource.Archive)
	if !ok {
		return nil, fmt.Errorf("code is %s, and should be an archive", describe(in["code"]))
	}
	body, err := archiveBytes(archive)
	if err != nil {
		return nil, fmt.Errorf("reading the function's code: %w", err)
	}
	if len(body) > maxUpload {
		return nil, fmt.Errorf("RequestEntityTooLargeException: the zip has %d bytes, and must have at most %d", len(body), maxUpload)
	}
	return body, nil
}
