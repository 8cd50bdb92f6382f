package awsprovider

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func permission() *resourceType {
	return &resourceType{
		token: "aws:lambda/permission:Permission",
		inputs: properties{
			"statementId":   str(identity, must(named(100, `[a-zA-Z0-9_-]`))),
			"function":      str(identity, must(functionReference)),
			"action":        str(required, replaces, must(lambdaAction)),
			"principal":     str(required, replaces),
			"qualifier":     str(replaces),
			"sourceAccount": str(replaces, must(accountID)),
			"sourceArn":     str(replaces, must(arn)),
		},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			err := eventually(ctx, "function "+in.str("function")+" to take a permission", inProgress, func() error {
				_, err := c.lambda().AddPermission(ctx, &lambda.AddPermissionInput{
					StatementId: in.strp("statementId"), FunctionName: in.strp("function"), Action: in.strp("action"), Principal: in.strp("principal"),
					Qualifier: in.strp("qualifier"), SourceAccount: in.strp("sourceAccount"), SourceArn: in.strp("sourceArn"),
				})
				return err
			})
			if err != nil {
				return "", wrap(err, "adding permission "+in.str("statementId")+" of function "+in.str("function"))
			}
			return in.str("statementId"), nil
		},
		read: readPermission,
		remove: func(ctx context.Context, c *cloud, id string, prior args) error {
			_, err := c.lambda().RemovePermission(ctx, &lambda.RemovePermissionInput{
				StatementId: &id, FunctionName: prior.strp("function"), Qualifier: prior.strp("qualifier"),
			})
			return gone(err, "removing permission "+id, lambdaNotFound)
		},
	}
}

var (
	lambdaActionPattern = regexp.MustCompile(`^(lambda:[*]|lambda:[a-zA-Z]+|[*])$`)
	accountPattern      = regexp.MustCompile(`^\d{12}$`)
)

func lambdaAction(v any) error {
	if s, _ := v.(string); !lambdaActionPattern.MatchString(s) {
		return fmt.Errorf("value %q must be an action of Lambda, like lambda:InvokeFunction", s)
	}
	return nil
}

func accountID(v any) error {
	if s, _ := v.(string); !accountPattern.MatchString(s) {
		return fmt.Errorf("value %q must be an account's 12 digits", s)
	}
	return nil
}

func readPermission(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	function := prior.str("function")
	if function == "" {
		return nil, fmt.Errorf("permission %s cannot be imported: its id does not say which function it belongs to", id)
	}
	out, err := c.lambda().GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &function, Qualifier: prior.strp("qualifier")})
	if err != nil {
		return nil, gone(err, "reading the policy of function "+function, lambdaNotFound)
	}
	var doc struct {
		Statement []struct{ Sid string }
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.Policy)), &doc); err != nil {
		return nil, fmt.Errorf("reading the policy of function %s: %w", function, err)
	}
	for _, s := range doc.Statement {
		if s.Sid == id {
			return args{"statementId": id}, nil
		}
	}
	return nil, errNotFound
}
