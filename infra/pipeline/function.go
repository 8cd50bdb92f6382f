package pipeline

import (
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/infra/bundle"
)

// daySeconds is a day in the unit of the function's variables.
const daySeconds = 24 * 60 * 60

// aliasName is the alias that the event source mapping calls; it points at one published version.
const aliasName = "live"

// processor is the function, its role and logs, and the alias by which it is called.
type processor struct {
	*part
	function *lambda.Function
	alias    *lambda.Alias
	logs     *cloudwatch.LogGroup
	role     *role
}

type processorInputs struct {
	queues   *queues
	dedup    *dedupTable
	payloads *payloadStore
	flags    *flagStore
	secret   *downstreamSecret
	// targetSecrets are by the target's name.
	targetSecrets map[string]*downstreamSecret
	artifact      bundle.Artifact
}

func newProcessor(s *stack, in processorInputs) (*processor, error) {
	group, err := s.part("Processor", "processor")
	if err != nil {
		return nil, err
	}
	p := &processor{part: group}
	parent := pulumi.Parent(p)

	// The log group comes first and the function may not create one: otherwise the first invocation would make a
	// group that keeps personal data for ever.
	if p.logs, err = cloudwatch.NewLogGroup(s.ctx, s.resource("processor"), &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(s.names.logGroup),
		RetentionInDays: pulumi.Int(s.LogRetentionDays),
	}, parent); err != nil {
		return nil, err
	}
	if p.role, err = newRole(s, p, "processor", roleArgs{
		name: s.names.processor, policyName: "process-events",
		description: "Role of the function that processes Genesys Cloud events",
		trust: policy(pulumi.Map{
			"Effect":    pulumi.String("Allow"),
			"Principal": pulumi.Map{"Service": pulumi.String("lambda.amazonaws.com")},
			"Action":    pulumi.String("sts:AssumeRole"),
		}),
		permissions: processorPolicy(s, p.logs, in),
	}); err != nil {
		return nil, err
	}
	first := []pulumi.Resource{p.role.permissions}
	if in.secret != nil {
		first = append(first, in.secret.version)
	}
	for _, target := range s.TargetSecrets {
		first = append(first, in.targetSecrets[target].version)
	}
	if p.function, err = lambda.NewFunction(s.ctx, s.resource("processor"), &lambda.FunctionArgs{
		Name:                         pulumi.String(s.names.processor),
		Description:                  pulumi.String("Processes Genesys Cloud events from the ingestion queue"),
		Role:                         p.role.Arn,
		Runtime:                      pulumi.String(contract.RuntimeName),
		Handler:                      pulumi.String(contract.Entrypoint),
		Architectures:                pulumi.ToStringArray([]string{s.Function.Architecture}),
		MemorySize:                   pulumi.Int(s.Function.MemoryMB),
		Timeout:                      pulumi.Int(s.Function.TimeoutSeconds),
		ReservedConcurrentExecutions: pulumi.Int(s.Function.ReservedConcurrency),
		Code:                         pulumi.NewFileArchive(in.artifact.Path),
		Publish:                      pulumi.Bool(true),
		LoggingConfig: &lambda.FunctionLoggingConfigArgs{
			LogFormat: pulumi.String("JSON"),
			LogGroup:  p.logs.Name,
			// All that the function writes is let through: a flag says what it writes, while it runs.
			ApplicationLogLevel: pulumi.String("DEBUG"),
			SystemLogLevel:      pulumi.String("INFO"),
		},
		TracingConfig: &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		Environment:   &lambda.FunctionEnvironmentArgs{Variables: processorEnvironment(s, in)},
	}, parent, pulumi.DependsOn(first)); err != nil {
		return nil, err
	}
	if p.alias, err = lambda.NewAlias(s.ctx, s.resource(aliasName), &lambda.AliasArgs{
		Name:            pulumi.String(aliasName),
		Description:     pulumi.String("The version that consumes the ingestion queue"),
		FunctionName:    p.function.Name,
		FunctionVersion: p.function.Version,
	}, parent); err != nil {
		return nil, err
	}
	return p, p.done(pulumi.Map{contract.OutputFunction: p.function.Name, "aliasArn": p.alias.Arn})
}

// processorPolicy is all that the function may do. DynamoDB's statements are PartiQL, which has IAM actions of its own.
func processorPolicy(s *stack, logs *cloudwatch.LogGroup, in processorInputs) pulumi.StringOutput {
	statements := []pulumi.Map{
		allow("ConsumeEvents", in.queues.ingestion.Arn,
			"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"),
		allow("QuarantineEvents", in.queues.validation.Arn, "sqs:SendMessage"),
		allow("ClaimEvents", in.dedup.table.Arn,
			"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"),
		allow("WriteLogs", pulumi.Sprintf("%s:*", logs.Arn), "logs:CreateLogStream", "logs:PutLogEvents"),
		// X-Ray knows no resources for these two: "*" is the only one that they can be allowed on (Service
		// Authorization Reference, "Actions, resources, and condition keys for AWS X-Ray").
		allow("SendTraces", pulumi.String("*"), "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
	}
	statements = append(statements, in.payloads.use()...)
	statements = append(statements, in.flags.use(s.where))
	if in.secret != nil {
		statements = append(statements, allow("ReadDownstreamSecret", in.secret.arn, "secretsmanager:GetSecretValue"))
	}
	statements = append(statements, targetStatements(s, in)...)
	return policy(statements...)
}

// processorEnvironment is the function's configuration; function/cmd/processor reads it. It holds no secret, only the name
// of one.
func processorEnvironment(s *stack, in processorInputs) pulumi.StringMap {
	env := pulumi.StringMap{
		contract.EnvDedupTable:             in.dedup.table.Name,
		contract.EnvDedupRetention:         number(s.DedupRetentionDays * daySeconds),
		contract.EnvIngestionQueueURL:      in.queues.ingestion.Url,
		contract.EnvValidationQueueURL:     in.queues.validation.Url,
		contract.EnvQueueVisibilityTimeout: number(s.Queue.VisibilityTimeoutSeconds),
		contract.EnvMessageRetention:       number(s.Queue.MessageRetentionSeconds),
		contract.EnvMaxReceiveCount:        number(s.Queue.MaxReceiveCount),
		contract.EnvLogLevel:               pulumi.String("info"),
		contract.EnvPayloadBucket:          in.payloads.bucket.Bucket,
		contract.EnvMaximumPayloadBytes:    number(s.Payloads.MaximumBytes),
	}
	maps.Copy(env, goRuntime(s.Function.MemoryMB))
	maps.Copy(env, in.flags.variables())
	if len(s.Routes) > 0 {
		env[contract.EnvRoutes] = routesVariable(s, in.targetSecrets)
		return env
	}
	url := s.DownstreamURL
	if s.LogsOnly() {
		url = ""
	}
	env[contract.EnvDownstreamURL] = pulumi.String(url)
	env[contract.EnvDownstreamTimeout] = number(s.DownstreamTimeoutSeconds)
	if in.secret != nil {
		env[contract.EnvDownstreamSecretARN] = in.secret.arn
	}
	return env
}

// number is how a variable has a number.
func number(n int) pulumi.String { return pulumi.String(strconv.Itoa(n)) }
