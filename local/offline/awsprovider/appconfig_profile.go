package awsprovider

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// hostedLocation is where the stand-in's configurations are: in AppConfig itself.
const hostedLocation = "hosted"

func configProfile() *resourceType {
	return &resourceType{
		token: "aws:appconfig/configurationProfile:ConfigurationProfile",
		inputs: properties{
			"applicationId": configID(),
			"name":          configName(maxConfigProfileName),
			"description":   configDescription(),
			"locationUri":   str(required, replaces, must(implemented(hostedLocation))),
			"type":          str(replaces, fallback("AWS.Freeform"), must(implemented("AWS.Freeform"))),
			"validators": set(object(properties{
				"type":    str(required, must(implemented(string(types.ValidatorTypeJsonSchema)))),
				"content": document(must(validatorSchema)),
			}), must(sized(0, maxConfigValidators))),
			"tags": tags(),
		},
		outputs: []string{"arn", "configurationProfileId"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			out, err := c.appconfig().CreateConfigurationProfile(ctx, &appconfig.CreateConfigurationProfileInput{
				ApplicationId: in.strp("applicationId"), Name: in.strp("name"), Description: in.strp("description"),
				LocationUri: in.strp("locationUri"), Type: in.strp("type"), Validators: validators(in), Tags: in.stringMap("tags"),
			})
			if err != nil {
				return "", wrap(err, "creating configuration profile "+in.str("name"))
			}
			return aws.ToString(out.Id) + ":" + in.str("applicationId"), nil
		},
		read: readConfigProfile,
		update: func(ctx context.Context, c *cloud, id string, old, next args) error {
			profile, application, err := configIDs(id)
			if err != nil {
				return err
			}
			_, err = c.appconfig().UpdateConfigurationProfile(ctx, &appconfig.UpdateConfigurationProfileInput{
				ApplicationId: &application, ConfigurationProfileId: &profile, Name: next.strp("name"),
				Description: aws.String(next.str("description")), Validators: validators(next),
			})
			if err != nil {
				return wrap(err, "updating configuration profile "+id)
			}
			return updateConfigTags(ctx, c, profilePath(application, profile), old, next)
		},
		remove: removeConfigProfile,
	}
}

// implemented is an enumeration of which the stand-in has only one value.
func implemented(only string) rule {
	return func(v any) error {
		if s, ok := v.(string); ok && s != only {
			return fmt.Errorf("value %q is not implemented by this stand-in for the aws provider, which has %q", s, only)
		}
		return nil
	}
}

func profilePath(application, profile string) string {
	return "application/" + application + "/configurationprofile/" + profile
}

// validators is never nil: to AppConfig a missing list means that they stay as they are.
func validators(in args) []types.Validator {
	out := []types.Validator{}
	for _, v := range in.objects("validators") {
		out = append(out, types.Validator{Type: types.ValidatorType(v.str("type")), Content: aws.String(v.document("content"))})
	}
	return out
}

func getConfigProfile(ctx context.Context, c *cloud, application, profile string) (*appconfig.GetConfigurationProfileOutput, error) {
	out, err := c.appconfig().GetConfigurationProfile(ctx, &appconfig.GetConfigurationProfileInput{
		ApplicationId: &application, ConfigurationProfileId: &profile,
	})
	return out, gone(err, "reading configuration profile "+profile, appConfigNotFound)
}

func readConfigProfile(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	profile, application, err := configIDs(id)
	if err != nil {
		return nil, err
	}
	out, err := getConfigProfile(ctx, c, application, profile)
	if err != nil {
		return nil, err
	}
	checks := []any{}
	for _, v := range out.Validators {
		checks = append(checks, map[string]any{"type": string(v.Type), "content": optional(v.Content)})
	}
	observed := args{
		"applicationId": application, "configurationProfileId": profile, "name": aws.ToString(out.Name), "type": optional(out.Type),
		"description": optional(out.Description), "locationUri": optional(out.LocationUri), "validators": nonEmpty(checks),
	}
	return observed, readConfigTags(ctx, c, profilePath(application, profile), observed)
}

// removeConfigProfile keeps to AppConfig, which deletes no profile that has versions, also such as others made.
func removeConfigProfile(ctx context.Context, c *cloud, id string, _ args) error {
	profile, application, err := configIDs(id)
	if err != nil {
		return err
	}
	versions, err := hostedVersions(ctx, c, application, profile)
	if err != nil {
		return err
	}
	if len(versions) > 0 {
		return fmt.Errorf("deleting configuration profile %s: BadRequestException: Cannot delete configuration profile %s because there are "+
			"still hosted configuration versions existing under it: %v", id, profile, versions)
	}
	_, err = c.appconfig().DeleteConfigurationProfile(ctx, &appconfig.DeleteConfigurationProfileInput{
		ApplicationId: &application, ConfigurationProfileId: &profile,
	})
	return gone(err, "deleting configuration profile "+id, appConfigNotFound)
}
