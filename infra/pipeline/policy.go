package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// policyVersion is the current version of the IAM policy language; the older one ignores policy variables.
const policyVersion = "2012-10-17"

// policy is an IAM policy document. Keys are sorted when it is written, so that equal policies have equal texts.
func policy(statements ...pulumi.Map) pulumi.StringOutput {
	list := make(pulumi.Array, len(statements))
	for i, statement := range statements {
		list[i] = statement
	}
	return pulumi.JSONMarshal(pulumi.Map{"Version": pulumi.String(policyVersion), "Statement": list})
}

// allow is a statement of an identity's policy: these actions on this resource or list of resources, all spelt out.
func allow(sid string, resource pulumi.Input, actions ...string) pulumi.Map {
	return pulumi.Map{
		"Sid":      pulumi.String(sid),
		"Effect":   pulumi.String("Allow"),
		"Action":   pulumi.ToStringArray(actions),
		"Resource": resource,
	}
}

// allowService is a statement of a resource's policy: an AWS service may do this on behalf of one source, and of no
// other that a stranger might own (the confused deputy).
func allowService(sid, service string, resource, source pulumi.StringInput, account string, actions ...string) pulumi.Map {
	statement := allow(sid, resource, actions...)
	statement["Principal"] = pulumi.Map{"Service": pulumi.String(service)}
	statement["Condition"] = pulumi.Map{
		"ArnLike":      pulumi.Map{"aws:SourceArn": source},
		"StringEquals": pulumi.Map{"aws:SourceAccount": pulumi.String(account)},
	}
	return statement
}

// denyPlaintext refuses every request that does not come over TLS, whoever makes it.
func denyPlaintext(resource pulumi.Input, actions string) pulumi.Map {
	return pulumi.Map{
		"Sid":       pulumi.String("DenyWithoutTLS"),
		"Effect":    pulumi.String("Deny"),
		"Principal": pulumi.String("*"),
		"Action":    pulumi.String(actions),
		"Resource":  resource,
		"Condition": pulumi.Map{"Bool": pulumi.Map{"aws:SecureTransport": pulumi.String("false")}},
	}
}

// accountRoot stands for an AWS account in a policy: whom the account itself allows may do it.
func accountRoot(where location, account string) pulumi.String {
	return pulumi.String(fmt.Sprintf("arn:%s:iam::%s:root", where.partition, account))
}
