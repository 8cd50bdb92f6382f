package main

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestConfigurationHasTheKeysThatNothingReads: they are refused, and keys of other programs and providers left alone.
func TestConfigurationHasTheKeysThatNothingReads(t *testing.T) {
	t.Setenv(pulumi.EnvConfig, `{"cc-eventbridge:batchSize":"5","cc-eventbridge:misspelt":"","genesys:region":"eu-west-1","aws:region":"us-east-1"}`)
	got, err := configuration("cc-eventbridge")
	want := map[string]string{"batchSize": "5", "misspelt": "", "genesys:region": "eu-west-1"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("configuration is %v, error %v; want %v", got, err, want)
	}
}
