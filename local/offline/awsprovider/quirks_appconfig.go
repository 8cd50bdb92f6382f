package awsprovider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/appconfig"
)

// deletedVersion begins the tag of a configuration profile that says that one of its versions is deleted.
//
// AppConfig numbers the versions of a profile and gives no number twice. The emulator takes how many there are plus one:
// after the second version replaced the first, the third is given the number 2 and overwrites the second, which is the one
// deployed. It also answers with nothing for a deployed version that was deleted. So none is ever deleted in the emulator;
// they go with their profile.
const deletedVersion = "stand-in:deleted-version:"

// forgetHostedVersion marks a version as deleted.
func (c *cloud) forgetHostedVersion(ctx context.Context, v numberedID) error {
	arn, err := c.appConfigARN(ctx, profilePath(v.application, v.child))
	if err != nil {
		return err
	}
	_, err = c.appconfig().TagResource(ctx, &appconfig.TagResourceInput{
		ResourceArn: &arn, Tags: map[string]string{fmt.Sprint(deletedVersion, v.number): "true"},
	})
	return gone(err, "deleting hosted configuration version "+v.String(), appConfigNotFound)
}

// deletedVersions are the numbers of the versions of a profile that were deleted.
func (c *cloud) deletedVersions(ctx context.Context, application, profile string) ([]int32, error) {
	arn, err := c.appConfigARN(ctx, profilePath(application, profile))
	if err != nil {
		return nil, err
	}
	out, err := c.appconfig().ListTagsForResource(ctx, &appconfig.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, gone(err, "reading the deleted versions of configuration profile "+profile, appConfigNotFound)
	}
	var numbers []int32
	for key := range out.Tags {
		if n, err := strconv.ParseInt(strings.TrimPrefix(key, deletedVersion), 10, 32); err == nil && strings.HasPrefix(key, deletedVersion) {
			numbers = append(numbers, int32(n))
		}
	}
	return numbers, nil
}

// withoutDeletedVersions are the tags that somebody set.
func withoutDeletedVersions(tags map[string]string) map[string]string {
	tags = maps.Clone(tags)
	maps.DeleteFunc(tags, func(key, _ string) bool { return strings.HasPrefix(key, deletedVersion) })
	return tags
}

// tagDeployment sets the tags of a new deployment, which the emulator drops when they come with the deployment.
func (c *cloud) tagDeployment(ctx context.Context, d numberedID, in args) error {
	return updateConfigTags(ctx, c, deploymentPath(d), args{}, in)
}

// oneAtATime splits the keys of tags to remove: of several in a call, the emulator sees only the first.
func oneAtATime(keys []string) [][]string { return slices.Collect(slices.Chunk(keys, 1)) }
