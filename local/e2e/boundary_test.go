package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/traffic"
)

// TestBoundary deploys under a permissions boundary that lacks what the dedup table's statements need, then under the one of
// docs/iam/boundary.json, and moves the roles to another path.
func TestBoundary(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-boundary", nil)
	whole, err := os.ReadFile(filepath.Join(c.w.Root, "docs", "iam", "boundary.json"))
	c.must(err)
	policies := iam.NewFromConfig(c.account)
	made, err := policies.CreatePolicy(c.ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("boundary"), PolicyDocument: aws.String(strings.ReplaceAll(string(whole), "dynamodb:PartiQL", "dynamodb:Other")),
	})
	c.must(err)
	boundary := aws.ToString(made.Policy.Arn)
	c.must(c.stack.Set(c.ctx, map[string]string{"iamPermissionsBoundary": boundary}))
	err = c.stack.Up(c.ctx)
	if err == nil {
		t.Fatal("the stack was deployed under a boundary that is too narrow")
	}
	for _, words := range []string{
		"the permissions boundary " + boundary + " keeps the role local-boundary-cc-eventbridge-processor from what it has to do",
		"dynamodb:PartiQLInsert on arn:aws:dynamodb:", "docs/iam/boundary.json",
	} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the error lacks %q:\n%v", words, err)
		}
	}
	_, err = policies.CreatePolicyVersion(c.ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: &boundary, PolicyDocument: aws.String(string(whole)), SetAsDefault: true,
	})
	c.must(err)
	c.up()
	c.send(traffic.Message{Body: `{"event":{"type":"telephony.call.created","data":{"id":"bounded"}},"timestamp":"2025-01-01T00:00:00Z"}`})
	c.onceEach(1)
	role := func() string {
		name := c.outputs[contract.OutputWriterRoleARN]
		got, err := policies.GetRole(c.ctx, &iam.GetRoleInput{RoleName: aws.String(name[strings.LastIndex(name, "/")+1:])})
		c.must(err)
		if set := got.Role.PermissionsBoundary; set == nil || aws.ToString(set.PermissionsBoundaryArn) != boundary {
			t.Errorf("the role %s has the boundary %v", name, set)
		}
		return aws.ToString(got.Role.Path)
	}
	if path := role(); path != "/" {
		t.Errorf("the writer's path is %s", path)
	}
	c.must(c.stack.Set(c.ctx, map[string]string{"iamPath": "/integration/"}))
	c.up()
	if path := role(); path != "/integration/" || !strings.Contains(c.outputs[contract.OutputWriterRoleARN], ":role/integration/") {
		t.Errorf("the writer's path is %s, and its ARN %s", path, c.outputs[contract.OutputWriterRoleARN])
	}
	c.must(c.stack.Destroy(c.ctx))
}
