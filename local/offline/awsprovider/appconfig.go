package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// AppConfig's limits, in characters, minutes, percent and elements:
// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateApplication.html and its siblings
const (
	maxConfigName        = 64
	maxConfigProfileName = 128
	maxConfigDescription = 1024
	maxConfigMonitors    = 5
	maxConfigValidators  = 2
	maxConfigMinutes     = 1440
	appConfigNotFound    = "ResourceNotFoundException"
)

var (
	configIDPattern   = regexp.MustCompile(`^[a-z0-9]{4,7}$`)
	strategyIDPattern = regexp.MustCompile(`^([a-z0-9]{4,7}|AppConfig\.[A-Za-z0-9]{9,40})$`)
)

func appConfigTypes() []*resourceType {
	return []*resourceType{
		configApplication(), configEnvironment(), configProfile(), hostedVersion(), deploymentStrategy(), deployment(),
	}
}

func configName(limit int) property { return str(required, must(named(limit, `.`))) }

func configDescription(options ...option) property {
	return str(append(options, must(atMost(maxConfigDescription)))...)
}

func configID() property { return str(required, replaces, must(idLike(configIDPattern))) }

// idLike is the shape of an id that AppConfig made.
func idLike(pattern *regexp.Regexp) rule {
	return func(v any) error {
		if s, ok := v.(string); ok && !pattern.MatchString(s) {
			return fmt.Errorf("value %q is not an id of AppConfig: it should match %s", s, pattern)
		}
		return nil
	}
}

func configApplication() *resourceType {
	return &resourceType{
		token:   "aws:appconfig/application:Application",
		inputs:  properties{"name": configName(maxConfigName), "description": configDescription(), "tags": tags()},
		outputs: []string{"arn"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			out, err := c.appconfig().CreateApplication(ctx, &appconfig.CreateApplicationInput{
				Name: in.strp("name"), Description: in.strp("description"), Tags: in.stringMap("tags"),
			})
			if err != nil {
				return "", wrap(err, "creating application "+in.str("name"))
			}
			return aws.ToString(out.Id), nil
		},
		read: func(ctx context.Context, c *cloud, id string, _ args) (args, error) {
			out, err := c.appconfig().GetApplication(ctx, &appconfig.GetApplicationInput{ApplicationId: &id})
			if err != nil {
				return nil, gone(err, "reading application "+id, appConfigNotFound)
			}
			observed := args{"name": aws.ToString(out.Name), "description": optional(out.Description)}
			return observed, readConfigTags(ctx, c, "application/"+id, observed)
		},
		update: func(ctx context.Context, c *cloud, id string, old, next args) error {
			_, err := c.appconfig().UpdateApplication(ctx, &appconfig.UpdateApplicationInput{
				ApplicationId: &id, Name: next.strp("name"), Description: aws.String(next.str("description")),
			})
			if err != nil {
				return wrap(err, "updating application "+id)
			}
			return updateConfigTags(ctx, c, "application/"+id, old, next)
		},
		remove: removeConfigApplication,
	}
}

// removeConfigApplication keeps to AppConfig, which deletes no application that has something in it.
func removeConfigApplication(ctx context.Context, c *cloud, id string, _ args) error {
	environments, err := c.appconfig().ListEnvironments(ctx, &appconfig.ListEnvironmentsInput{ApplicationId: &id})
	if err != nil {
		return gone(err, "listing the environments of application "+id, appConfigNotFound)
	}
	profiles, err := c.appconfig().ListConfigurationProfiles(ctx, &appconfig.ListConfigurationProfilesInput{ApplicationId: &id})
	if err != nil {
		return gone(err, "listing the configuration profiles of application "+id, appConfigNotFound)
	}
	if e, p := len(environments.Items), len(profiles.Items); e+p > 0 {
		return fmt.Errorf("deleting application %s: BadRequestException: it has %d environments and %d configuration profiles, "+
			"which must be deleted first", id, e, p)
	}
	_, err = c.appconfig().DeleteApplication(ctx, &appconfig.DeleteApplicationInput{ApplicationId: &id})
	return gone(err, "deleting application "+id, appConfigNotFound)
}

// appConfigARN completes the resource part of an ARN. AppConfig answers no ARNs, and takes nothing else for tags.
func (c *cloud) appConfigARN(ctx context.Context, resource string) (string, error) {
	id, err := c.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("asking which account the ARN of %s has: %w", resource, err)
	}
	return fmt.Sprintf("arn:%s:appconfig:%s:%s:%s", c.partition, c.region, aws.ToString(id.Account), resource), nil
}

// readConfigTags adds the ARN and the tags of what has them to what was observed.
func readConfigTags(ctx context.Context, c *cloud, resource string, observed args) error {
	arn, err := c.appConfigARN(ctx, resource)
	if err != nil {
		return err
	}
	out, err := c.appconfig().ListTagsForResource(ctx, &appconfig.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return gone(err, "reading the tags of "+arn, appConfigNotFound)
	}
	observed["arn"], observed["tags"] = arn, nonEmpty(anyMap(withoutDeletedVersions(out.Tags)))
	return nil
}

func updateConfigTags(ctx context.Context, c *cloud, resource string, old, next args) error {
	set, removed := tagChanges(old, next)
	if len(set) == 0 && len(removed) == 0 {
		return nil
	}
	arn, err := c.appConfigARN(ctx, resource)
	if err != nil {
		return err
	}
	var problems []error
	for _, keys := range oneAtATime(removed) {
		_, err := c.appconfig().UntagResource(ctx, &appconfig.UntagResourceInput{ResourceArn: &arn, TagKeys: keys})
		problems = append(problems, wrap(err, "untagging "+arn))
	}
	if len(set) > 0 {
		_, err := c.appconfig().TagResource(ctx, &appconfig.TagResourceInput{ResourceArn: &arn, Tags: set})
		problems = append(problems, wrap(err, "tagging "+arn))
	}
	return errors.Join(problems...)
}

// configIDs takes an id of the published provider apart: "<child>:<application>".
func configIDs(id string) (child, application string, err error) {
	child, application, ok := strings.Cut(id, ":")
	if !ok || child == "" || application == "" {
		return "", "", fmt.Errorf("id %q should have the form <id>:<application id>", id)
	}
	return child, application, nil
}

// numberedID is an id of the published provider for what AppConfig numbers: a version of a profile, a deployment to an
// environment.
type numberedID struct {
	application, child string
	number             int32
}

func (n numberedID) String() string { return fmt.Sprintf("%s/%s/%d", n.application, n.child, n.number) }

func parseNumberedID(id string) (numberedID, error) {
	parts := strings.Split(id, "/")
	if len(parts) == 3 {
		if n, err := strconv.ParseInt(parts[2], 10, 32); err == nil {
			return numberedID{parts[0], parts[1], int32(n)}, nil
		}
	}
	return numberedID{}, fmt.Errorf("id %q should have the form <application id>/<configuration profile id or environment id>/<number>", id)
}
