package pipeline

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// routesVariable is the routes as the function reads them, with the ARNs of the secrets and none of their values.
func routesVariable(s *stack, secrets map[string]*downstreamSecret) pulumi.StringOutput {
	arns := make([]any, len(s.TargetSecrets))
	for i, target := range s.TargetSecrets {
		arns[i] = secrets[target].arn
	}
	return pulumi.All(arns...).ApplyT(func(arns []any) string {
		byName := map[string]string{}
		for i, target := range s.TargetSecrets {
			byName[target] = arns[i].(string)
		}
		return s.RoutesText(func(target string) string { return byName[target] })
	}).(pulumi.StringOutput)
}

// targetActions are what the function does to a target of a kind, with the name of the statement that allows it.
var targetActions = []struct {
	kind        contract.TargetKind
	sid, action string
}{
	{contract.TargetEventBridge, "PutEvents", "events:PutEvents"},
	{contract.TargetSQS, "SendToQueues", "sqs:SendMessage"},
	{contract.TargetStepFunctions, "StartExecutions", "states:StartExecution"},
	{contract.TargetLambda, "InvokeFunctions", "lambda:InvokeFunction"},
	{contract.TargetFirehose, "PutRecords", "firehose:PutRecord"},
}

// targetStatements allow what the targets of the routes need, and nothing that no route uses.
func targetStatements(s *stack, in processorInputs) (statements []pulumi.Map) {
	add := func(sid string, resources pulumi.StringArray, actions ...string) {
		if len(resources) > 0 {
			statements = append(statements, allow(sid, resources, actions...))
		}
	}
	var keys pulumi.StringArray
	seen := map[string]bool{}
	for _, kind := range targetActions {
		var resources pulumi.StringArray
		for _, target := range s.Targets() {
			if target.Kind != kind.kind {
				continue
			}
			arn := target.Address
			if target.Kind == contract.TargetSQS {
				arn = target.QueueARN(s.where.partition, s.where.region)
			}
			if key := target.KMSKeyARN; key != "" && !seen[key] {
				keys, seen[key] = append(keys, pulumi.String(key)), true
			}
			if !seen[arn] {
				resources, seen[arn] = append(resources, pulumi.String(arn)), true
			}
		}
		add(kind.sid, resources, kind.action)
	}
	// A sender to an encrypted queue needs both (Amazon SQS developer guide, "Key management").
	add("EncryptForQueues", keys, "kms:GenerateDataKey", "kms:Decrypt")
	var arns pulumi.StringArray
	for _, target := range s.TargetSecrets {
		arns = append(arns, in.targetSecrets[target].arn)
	}
	add("StoreLargeEvents", in.payloads.deliveries(s.Targets()), "s3:PutObject")
	add("ReadTargetSecrets", arns, "secretsmanager:GetSecretValue")
	return statements
}
