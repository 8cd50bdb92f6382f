package cli

import (
	"strings"
	"testing"
)

// onlyEnvironment keeps this machine's profiles and role out of a test.
func onlyEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func queue(url string) target { return target{url, "--from"} }

func TestRegionAndAccountOfAQueue(t *testing.T) {
	for queueURL, want := range map[string][2]string{
		"https://sqs.eu-central-1.amazonaws.com/123456789012/a":  {"eu-central-1", "123456789012"},
		"https://sqs.cn-north-1.amazonaws.com.cn/123456789012/a": {"cn-north-1", "123456789012"},
		"http://127.0.0.1:4566/000000000000/a":                   {"", "000000000000"},
		"http://sqs.example.test/a":                              {"", ""},
		"a":                                                      {"", ""},
		"%":                                                      {"", ""},
	} {
		if region, account := regionOf(queueURL), accountOf(queueURL); region != want[0] || account != want[1] {
			t.Errorf("%s is in region %q of account %q, want %q", queueURL, region, account, want)
		}
	}
}

func TestAnEmulatorNeedsNoCredentials(t *testing.T) {
	onlyEnvironment(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
	config, err := (&account{}).config(t.Context(), queue("http://127.0.0.1:4566/000000000000/a"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := config.Credentials.Retrieve(t.Context()); err != nil || got.AccessKeyID == "" || config.Region == "" || *config.BaseEndpoint != "http://127.0.0.1:4566" {
		t.Errorf("%+v in region %q at %v, %v", got, config.Region, config.BaseEndpoint, err)
	}
}

func TestTheEnvironmentsCredentialsComeFirst(t *testing.T) {
	onlyEnvironment(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	t.Setenv("AWS_REGION", "us-west-2")
	config, err := (&account{}).config(t.Context(), queue("https://sqs.eu-central-1.amazonaws.com/123456789012/a"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Credentials.Retrieve(t.Context())
	if err != nil || got.AccessKeyID != "id" || got.SecretAccessKey != "secret" || got.SessionToken != "token" || config.Region != "eu-central-1" {
		t.Errorf("%+v in region %q, %v; want the queue's", got, config.Region, err)
	}
}

func TestAccountsThatCannotBeUsed(t *testing.T) {
	const there = "https://sqs.eu-central-1.amazonaws.com/123456789012/a"
	for name, c := range map[string]struct {
		account account
		queue   string
		want    string
	}{
		"no credentials":   {account{}, there, "no AWS credentials: give --profile NAME or set AWS_PROFILE"},
		"no region":        {account{}, "https://emulator.example.test/1/a", "no AWS region: --from (https://emulator.example.test/1/a) does not name one"},
		"no such profile":  {account{profile: "night"}, there, `there is no AWS profile "night": correct --profile`},
		"another's region": {account{region: "eu-west-1"}, there, "--region is eu-west-1, but --from (" + there + ") is in eu-central-1"},
	} {
		t.Run(name, func(t *testing.T) {
			onlyEnvironment(t)
			if _, err := c.account.config(t.Context(), queue(c.queue)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v, want %s…", err, c.want)
			}
		})
	}
}
