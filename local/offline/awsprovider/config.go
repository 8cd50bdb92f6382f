package awsprovider

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/plugin"
)

// settings are the provider's configuration.
type settings struct {
	region                      string
	accessKey, secretKey, token string
	defaultTags                 args
}

// configKeys are the keys of the `aws` namespace that mean something here. The skip… keys and s3UsePathStyle are how
// stacks for emulators are written for the published plugin: this one always behaves that way.
func configKeys() properties {
	return properties{
		"region":                    str(must(validRegion)),
		"accessKey":                 str(),
		"secretKey":                 str(secret),
		"token":                     str(secret),
		"profile":                   str(), // an emulator takes any credentials
		"defaultTags":               object(properties{"tags": tags()}),
		"skipCredentialsValidation": boolean(),
		"skipMetadataApiCheck":      boolean(),
		"skipRegionValidation":      boolean(),
		"skipRequestingAccountId":   boolean(),
		"s3UsePathStyle":            boolean(),
	}
}

var regionPattern = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)

func validRegion(v any) error {
	if s, _ := v.(string); !regionPattern.MatchString(s) {
		return fmt.Errorf("value %q is not a region: it should be like eu-west-1", v)
	}
	return nil
}

// configuration reads the keys that mean something. The engine passes structured values as JSON texts.
func configuration(in resource.PropertyMap) args {
	out := plugin.Configuration(in)
	for key, value := range out {
		text, isText := value.(string)
		if p, ok := configKeys()[key]; !ok || !isText || p.kind == kindString {
			continue
		}
		var decoded any
		if json.Unmarshal([]byte(text), &decoded) == nil {
			out[key] = decoded
		}
	}
	return out
}

// checkConfiguration finds what is wrong with the provider's configuration.
func checkConfiguration(in args) []problem {
	provider := resourceType{token: "the provider aws", inputs: configKeys()}
	return provider.check(in)
}

func newSettings(in args) (settings, error) {
	s := settings{
		region:      in.Text("region"),
		accessKey:   in.Text("accessKey"),
		secretKey:   in.Text("secretKey"),
		token:       in.Text("token"),
		defaultTags: in.Object("defaultTags").Object("tags"),
	}
	if s.region == "" {
		s.region = fromEnvironment("AWS_REGION", "AWS_DEFAULT_REGION")
	}
	if s.region == "" {
		return s, fmt.Errorf("no region: set one with `pulumi config set aws:region eu-west-1` or in AWS_REGION")
	}
	// An emulator takes any credentials. Those of shared files are not even read: they would be real ones.
	if s.accessKey == "" {
		s.accessKey, s.secretKey, s.token = fromEnvironment("AWS_ACCESS_KEY_ID"), fromEnvironment("AWS_SECRET_ACCESS_KEY"),
			fromEnvironment("AWS_SESSION_TOKEN")
	}
	if s.accessKey == "" || s.secretKey == "" {
		s.accessKey, s.secretKey, s.token = "test", "test", ""
	}
	return s, nil
}

// partitionOf is the partition of a region, as in its ARNs.
func partitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func suffixOf(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
