package simulation

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/process"
)

func remembers(s *dynamotypes.BatchStatementRequest) bool {
	return aws.ToString(s.Statement) == dedup.RememberStatement(tableName)
}

// forgetfulRelease releases the claim on an event that some of its targets have.
func forgetfulRelease(s *dynamotypes.BatchStatementRequest) {
	if remembers(s) {
		s.Statement, s.Parameters = aws.String(dedup.ReleaseStatement(tableName)), s.Parameters[2:]
	}
}

func withoutTargets(item map[string]dynamotypes.AttributeValue) {
	delete(item, contract.TableDelivered)
}

// boastful writes that all targets have an event.
func boastful(s *dynamotypes.BatchStatementRequest) {
	if remembers(s) {
		s.Parameters = slices.Clone(s.Parameters)
		s.Parameters[0] = &dynamotypes.AttributeValueMemberS{Value: "a,b,c"}
	}
}

// unforgotten renews a record that has expired as one is renewed that says nothing of targets.
func unforgotten(s *dynamotypes.BatchStatementRequest) {
	if aws.ToString(s.Statement) == dedup.ForgetStatement(tableName) {
		const delivered = 5
		s.Statement = aws.String(dedup.RenewExpiredStatement(tableName))
		s.Parameters = slices.Delete(slices.Clone(s.Parameters), delivered, delivered+1)
	}
}

// lastMatch has the routes before the default in the opposite order.
func lastMatch(c *process.Config) {
	if n := len(c.Routes); n > 0 {
		slices.Reverse(c.Routes[:n-1])
	}
}

func withoutLastTarget(c *process.Config) {
	for i, r := range c.Routes {
		if len(r.Targets) > 1 {
			c.Routes[i].Targets = r.Targets[:len(r.Targets)-1]
		}
	}
}

func nothingDropped(c *process.Config) {
	for i, r := range c.Routes {
		if len(r.Targets) == 0 {
			c.Routes[i].Targets = c.Routes[len(c.Routes)-1].Targets
		}
	}
}
