package awsprovider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

const (
	// maxValidator is in characters: AWS AppConfig API reference, Validator.
	maxValidator = 32768
	// draft04 is the only JSON Schema that AppConfig's validators know: AWS AppConfig user guide, Understanding validators.
	draft04 = "http://json-schema.org/draft-04/schema"
)

// validatorSchema refuses a JSON Schema that AppConfig would not take.
func validatorSchema(v any) error {
	text := documentText(v)
	if n := utf8.RuneCountInString(text); n > maxValidator {
		return fmt.Errorf("the schema has %d characters, and must have at most %d", n, maxValidator)
	}
	_, err := compileDraft04(text)
	return err
}

func compileDraft04(text string) (*jsonschema.Schema, error) {
	schema, err := parseObject(text)
	if err != nil {
		return nil, err
	}
	if named, _ := schema["$schema"].(string); named != "" && strings.TrimSuffix(named, "#") != draft04 {
		return nil, fmt.Errorf("the schema is written for %s, and AppConfig's validators know %s# only", named, draft04)
	}
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft4
	compiler.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("the schema refers to %s, and may refer to itself only", url)
	}
	const name = "validator.json"
	if err := compiler.AddResource(name, strings.NewReader(text)); err != nil {
		return nil, fmt.Errorf("contains an invalid JSON schema: %w", err)
	}
	compiled, err := compiler.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("contains an invalid JSON schema: %w", explained(err))
	}
	return compiled, nil
}

// applyValidators is what AppConfig does when a version is made and once more when it is deployed: the profile may have
// other validators by then.
func applyValidators(ctx context.Context, c *cloud, application, profile string, content []byte) error {
	found, err := c.appconfig().GetConfigurationProfile(ctx, &appconfig.GetConfigurationProfileInput{
		ApplicationId: &application, ConfigurationProfileId: &profile,
	})
	if err != nil {
		return wrap(err, "reading configuration profile "+profile)
	}
	for _, v := range found.Validators {
		schema, err := compileDraft04(aws.ToString(v.Content))
		if err != nil {
			return err
		}
		var document any
		if err := json.Unmarshal(content, &document); err != nil {
			return fmt.Errorf("BadRequestException: the content is not JSON, as the validator of its profile asks: %w", err)
		}
		if err := schema.Validate(document); err != nil {
			return fmt.Errorf("BadRequestException: Error applying JSON Schema: %w", explained(err))
		}
	}
	return nil
}

// explained lists what was wrong, each with its place in the document, instead of the tree of schemas that found it.
func explained(err error) error {
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return err
	}
	var found []string
	var visit func(e *jsonschema.ValidationError)
	visit = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			place := e.InstanceLocation
			if place == "" {
				place = "the document"
			}
			found = append(found, place+": "+e.Message)
		}
		for _, cause := range e.Causes {
			visit(cause)
		}
	}
	visit(failed)
	slices.Sort(found)
	return errors.New(strings.Join(slices.Compact(found), "; "))
}
