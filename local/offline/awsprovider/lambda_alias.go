package awsprovider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func lambdaAlias() *resourceType {
	return &resourceType{
		token: "aws:lambda/alias:Alias",
		inputs: properties{
			"name":            str(identity, must(named(128, `[a-zA-Z0-9_-]`), notAVersion)),
			"functionName":    str(identity, must(functionReference)),
			"functionVersion": str(required, must(version)),
			"description":     str(fallback(""), must(atMost(maxFunctionText))),
			"routingConfig": object(properties{"additionalVersionWeights": dictionary(number(must(between(0, 1))))},
				fallback(map[string]any{})),
		},
		outputs: []string{"arn", "invokeArn"},
		create:  createAlias, read: readAlias, update: updateAlias,
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			function, name, err := aliasID(id)
			if err != nil {
				return err
			}
			_, err = c.lambda().DeleteAlias(ctx, &lambda.DeleteAliasInput{FunctionName: &function, Name: &name})
			return gone(err, "deleting alias "+id, lambdaNotFound)
		},
	}
}

var (
	digits            = regexp.MustCompile(`^\d+$`)
	versionPattern    = regexp.MustCompile(`^(\$LATEST|\d+)$`)
	functionPattern   = regexp.MustCompile(`^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:)?[a-zA-Z0-9_-]{1,64}(:(\$LATEST|[a-zA-Z0-9_-]+))?$`)
	aliasARNPattern   = regexp.MustCompile(`^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[a-zA-Z0-9_-]+):([a-zA-Z0-9_-]+)$`)
	aliasShortPattern = regexp.MustCompile(`^([a-zA-Z0-9_-]+)/([a-zA-Z0-9_-]+)$`)
)

func notAVersion(v any) error {
	if s, _ := v.(string); digits.MatchString(s) {
		return fmt.Errorf("name %q must not be a number, which is a version", s)
	}
	return nil
}

func version(v any) error {
	if s, _ := v.(string); !versionPattern.MatchString(s) {
		return fmt.Errorf("value %q must be $LATEST or a version's number", s)
	}
	return nil
}

func functionReference(v any) error {
	if s, _ := v.(string); !functionPattern.MatchString(s) {
		return fmt.Errorf("value %q must be a function's name or ARN", s)
	}
	return nil
}

// aliasID takes an alias's ARN, or the function/alias form of an import, apart.
func aliasID(id string) (function, name string, err error) {
	for _, form := range []*regexp.Regexp{aliasARNPattern, aliasShortPattern} {
		if m := form.FindStringSubmatch(id); m != nil {
			return m[1], m[2], nil
		}
	}
	return "", "", fmt.Errorf("id %q should look like function/alias or be an alias's ARN", id)
}

func routing(in args) *types.AliasRoutingConfiguration {
	weights := map[string]float64{}
	for v, w := range in.object("routingConfig").object("additionalVersionWeights") {
		if f, ok := w.(float64); ok {
			weights[v] = f
		}
	}
	return &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}
}

func createAlias(ctx context.Context, c *cloud, in args) (string, error) {
	out, err := c.lambda().CreateAlias(ctx, &lambda.CreateAliasInput{
		FunctionName: in.strp("functionName"), FunctionVersion: in.strp("functionVersion"), Name: in.strp("name"),
		Description: in.strp("description"), RoutingConfig: routing(in),
	})
	if err != nil {
		return "", wrap(err, fmt.Sprintf("creating alias %s of function %s", in.str("name"), in.str("functionName")))
	}
	return aws.ToString(out.AliasArn), nil
}

func readAlias(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	function, name, err := aliasID(id)
	if err != nil {
		return nil, err
	}
	out, err := c.lambda().GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &function, Name: &name})
	if err != nil {
		return nil, gone(err, "reading alias "+id, lambdaNotFound)
	}
	observed := args{
		"arn": aws.ToString(out.AliasArn), "invokeArn": c.invokeARN(aws.ToString(out.AliasArn)), "name": name,
		"functionVersion": aws.ToString(out.FunctionVersion), "description": aws.ToString(out.Description), "routingConfig": nil,
	}
	if !prior.has("functionName") { // the program may have named the function by its name or by its ARN
		observed["functionName"] = lastPart(function)
	}
	if r := out.RoutingConfig; r != nil && len(r.AdditionalVersionWeights) > 0 {
		weights := map[string]any{}
		for v, w := range r.AdditionalVersionWeights {
			weights[v] = w
		}
		observed["routingConfig"] = map[string]any{"additionalVersionWeights": weights}
	}
	return observed, nil
}

func updateAlias(ctx context.Context, c *cloud, id string, _, next args) error {
	err := eventually(ctx, "alias "+id+" to be changeable", inProgress, func() error {
		_, err := c.lambda().UpdateAlias(ctx, &lambda.UpdateAliasInput{
			FunctionName: next.strp("functionName"), Name: next.strp("name"), FunctionVersion: next.strp("functionVersion"),
			Description: next.strp("description"), RoutingConfig: routing(next),
		})
		return err
	})
	return wrap(err, "updating alias "+id)
}
