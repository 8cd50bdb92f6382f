package pipeline_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"cc-eventbridge/infra/settings/settingstest"
)

// TestGraphsAtTheEdges declares stacks whose keys are as small or as large as they may be. With GRAPHS it writes their
// graphs into that folder, where the witness of the aws stand-in has the released provider plan them.
func TestGraphsAtTheEdges(t *testing.T) {
	for name, set := range map[string]map[string]string{
		"smallest": {
			"functionTimeoutSeconds": "1", "functionMemoryMb": "192", "functionArchitecture": "x86_64", "batchSize": "1",
			"batchingWindowSeconds": "0", "maximumConcurrency": "2", "reservedConcurrency": "2", "maximumMessageBytes": "1024",
			"maxReceiveCount": "1", "receiveWaitTimeSeconds": "0", "flagsDeploymentMinutes": "0", "flagsBakeMinutes": "0",
			"logRetentionDays": "1", "protectData": "false",
		},
		"largest": {
			"functionTimeoutSeconds": "900", "functionMemoryMb": "10240", "batchSize": "10000", "batchingWindowSeconds": "300",
			"maximumConcurrency": "1000", "messageRetentionSeconds": "1209600", "deadLetterRetentionSeconds": "1209600",
			"downstreamUrl": "https://crm.example/events", "downstreamTimeoutSeconds": "896",
			"maxReceiveCount": "200", "receiveWaitTimeSeconds": "20", "logRetentionDays": "3653", "protectData": "true",
			"dedupRetentionDays":     "3650",
			"flagsDeploymentMinutes": "1440", "flagsBakeMinutes": "1440",
		},
		"every part": {
			"eventBridgeSource": "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/contact-centre",
			"archiveDays":       "0", "silenceMinutes": "1440", "downstreamUrl": "https://crm.example/events",
			"downstreamSecret": "not-a-real-token", "flags": flags, "consumerEnabled": "false",
		},
	} {
		t.Run(name, func(t *testing.T) {
			values := settingstest.Values(t, "../..", "")
			values["genesysExternalId"] = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
			maps.Copy(values, set)
			got := graph(t, "edge", values)
			if dir := os.Getenv("GRAPHS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+".json"), got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
