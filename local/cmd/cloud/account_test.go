package main

import "testing"

func TestRegionOf(t *testing.T) {
	for queueURL, want := range map[string]string{
		"https://sqs.eu-central-1.amazonaws.com/123456789012/a":  "eu-central-1",
		"https://sqs.cn-north-1.amazonaws.com.cn/123456789012/a": "cn-north-1",
		"http://127.0.0.1:4566/000000000000/a":                   "",
		"http://sqs.example.test/a":                              "",
		"a":                                                      "",
		"%":                                                      "",
	} {
		if got := regionOf(queueURL); got != want {
			t.Errorf("%s is in region %q, want %q", queueURL, got, want)
		}
	}
}

func TestAnEmulatorNeedsNoCredentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	a := account{endpoint: "http://127.0.0.1:4566"}
	config, err := a.config(t.Context(), "http://127.0.0.1:4566/000000000000/a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := config.Credentials.Retrieve(t.Context()); err != nil || got.AccessKeyID == "" || config.Region == "" || *config.BaseEndpoint != a.endpoint {
		t.Errorf("%+v in region %q at %v, %v", got, config.Region, config.BaseEndpoint, err)
	}
}

func TestTheEnvironmentsCredentialsComeFirst(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
	a := account{endpoint: "http://localhost:4566", region: "eu-west-1"}
	config, err := a.config(t.Context(), "https://sqs.eu-central-1.amazonaws.com/123456789012/a")
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Credentials.Retrieve(t.Context())
	if err != nil || got.AccessKeyID != "id" || got.SecretAccessKey != "secret" || got.SessionToken != "token" || config.Region != "eu-west-1" {
		t.Errorf("%+v in region %q, %v", got, config.Region, err)
	}
}

func TestAQueueWithoutARegionIsRefused(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "none")
	a := account{endpoint: "https://emulator.example.test"}
	if config, err := a.config(t.Context(), "https://emulator.example.test/1/a"); err == nil {
		t.Errorf("region %q was made up", config.Region)
	}
}

func TestCommandsRefuseWhatTheyCannotDo(t *testing.T) {
	for name, call := range map[string]func() error{
		"replay without queues":        func() error { return replayLetters(t.Context(), nil) },
		"replay onto the same queue":   func() error { return replayLetters(t.Context(), []string{"-from", "a", "-to", "a"}) },
		"replay with a negative limit": func() error { return replayLetters(t.Context(), []string{"-from", "a", "-to", "b", "-limit", "-1"}) },
		"replay with an argument":      func() error { return replayLetters(t.Context(), []string{"-from", "a", "-to", "b", "c"}) },
		"send-large without a file":    func() error { return sendLarge(t.Context(), []string{"-bucket", "a", "-queue", "b"}) },
		"send-large without a bucket":  func() error { return sendLarge(t.Context(), []string{"-queue", "b", "f"}) },
	} {
		if err := call(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
