package awsprovider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
)

// maxHostedContent is in bytes: AWS CloudFormation user guide, AWS::AppConfig::HostedConfigurationVersion.
const maxHostedContent = 1 << 20

func hostedVersion() *resourceType {
	return &resourceType{
		token: "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion",
		inputs: properties{
			"applicationId":          configID(),
			"configurationProfileId": configID(),
			"content":                str(required, secret, must(atMostBytes(maxHostedContent))),
			"contentType":            str(required, must(named(255, `.`))),
			"description":            configDescription(must(asciiOnly)),
		},
		outputs: []string{"arn", "versionNumber"},
		create:  createHostedVersion, read: readHostedVersion, // no update: a version never changes
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			v, err := parseNumberedID(id)
			if err != nil {
				return err
			}
			return c.forgetHostedVersion(ctx, v)
		},
	}
}

func atMostBytes(limit int) rule {
	return func(v any) error {
		if s, ok := v.(string); ok && len(s) > limit {
			return fmt.Errorf("PayloadTooLargeException: the content has %d bytes, and must have at most %d", len(s), limit)
		}
		return nil
	}
}

// asciiOnly: AppConfig takes the description as an HTTP header (AWS AppConfig API reference, CreateHostedConfigurationVersion).
func asciiOnly(v any) error {
	if s, ok := v.(string); ok && strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("text %q may only have printable ASCII characters", s)
	}
	return nil
}

// createHostedVersion applies the profile's validators, as AppConfig does.
func createHostedVersion(ctx context.Context, c *cloud, in args) (string, error) {
	v := numberedID{application: in.str("applicationId"), child: in.str("configurationProfileId")}
	doing := "creating a hosted configuration version of profile " + v.child
	profile, err := getConfigProfile(ctx, c, v.application, v.child)
	if err != nil {
		return "", wrap(err, doing)
	}
	content := []byte(in.str("content"))
	if err := applyValidators(profile.Validators, content); err != nil {
		return "", wrap(err, doing)
	}
	out, err := c.appconfig().CreateHostedConfigurationVersion(ctx, &appconfig.CreateHostedConfigurationVersionInput{
		ApplicationId: &v.application, ConfigurationProfileId: &v.child, Content: content, ContentType: in.strp("contentType"),
		Description: in.strp("description"),
	})
	if err != nil {
		return "", wrap(err, doing)
	}
	v.number = out.VersionNumber
	return v.String(), nil
}

// getHostedVersion is errNotFound for a version that was deleted.
func getHostedVersion(ctx context.Context, c *cloud, v numberedID) (*appconfig.GetHostedConfigurationVersionOutput, error) {
	deleted, err := c.deletedVersions(ctx, v.application, v.child)
	if err != nil {
		return nil, err
	}
	if slices.Contains(deleted, v.number) {
		return nil, errNotFound
	}
	out, err := c.appconfig().GetHostedConfigurationVersion(ctx, &appconfig.GetHostedConfigurationVersionInput{
		ApplicationId: &v.application, ConfigurationProfileId: &v.child, VersionNumber: &v.number,
	})
	return out, gone(err, "reading hosted configuration version "+v.String(), appConfigNotFound)
}

func readHostedVersion(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	v, err := parseNumberedID(id)
	if err != nil {
		return nil, err
	}
	out, err := getHostedVersion(ctx, c, v)
	if err != nil {
		return nil, err
	}
	arn, err := c.appConfigARN(ctx, fmt.Sprintf("%s/hostedconfigurationversion/%d", profilePath(v.application, v.child), v.number))
	if err != nil {
		return nil, err
	}
	return args{
		"arn": arn, "applicationId": v.application, "configurationProfileId": v.child, "versionNumber": float64(v.number),
		"content": string(out.Content), "contentType": aws.ToString(out.ContentType), "description": optional(out.Description),
	}, nil
}

// hostedVersions are the numbers of the versions that a profile has.
func hostedVersions(ctx context.Context, c *cloud, application, profile string) ([]int32, error) {
	deleted, err := c.deletedVersions(ctx, application, profile)
	if err != nil {
		return nil, err
	}
	var numbers []int32
	pages := appconfig.NewListHostedConfigurationVersionsPaginator(c.appconfig(), &appconfig.ListHostedConfigurationVersionsInput{
		ApplicationId: &application, ConfigurationProfileId: &profile,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, gone(err, "listing the versions of configuration profile "+profile, appConfigNotFound)
		}
		for _, v := range page.Items {
			if !slices.Contains(deleted, v.VersionNumber) {
				numbers = append(numbers, v.VersionNumber)
			}
		}
	}
	return numbers, nil
}
