package main

import (
	"log/slog"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
)

func good() map[string]string {
	return map[string]string{
		"DEDUP_TABLE_NAME": "dedup", "DEDUP_RETENTION_SECONDS": "1209600",
		"INGESTION_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/in", "VALIDATION_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/bad",
		"QUEUE_VISIBILITY_TIMEOUT_SECONDS": "725", "MESSAGE_RETENTION_SECONDS": "604800", "MAX_RECEIVE_COUNT": "3",
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key",
	}
}

func TestRead(t *testing.T) {
	s, err := readSettings(func(name string) string { return good()[name] })
	if err != nil {
		t.Fatal(err)
	}
	if s.PayloadBucket != "" || s.MaximumPayloadBytes != 16<<20 || s.Flags != (flagsProfile{}) {
		t.Errorf("without payload bucket and flags: %+v", s)
	}
	if s.DedupRetention != 14*24*time.Hour || s.MaxReceiveCount != 3 || s.QueueVisibilityTimeout != 725*time.Second || s.LogLevel != slog.LevelInfo {
		t.Errorf("%+v", s)
	}
}

func TestProblems(t *testing.T) {
	cases := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"missing", map[string]string{"DEDUP_TABLE_NAME": "", "MAX_RECEIVE_COUNT": ""}, []string{"DEDUP_TABLE_NAME is not set", "MAX_RECEIVE_COUNT is not set"}},
		{"not a number", map[string]string{"MESSAGE_RETENTION_SECONDS": "7d"}, []string{`MESSAGE_RETENTION_SECONDS is "7d", should be a whole number`}},
		{"not positive", map[string]string{"MAX_RECEIVE_COUNT": "0"}, []string{`MAX_RECEIVE_COUNT is "0"`}},
		{"not a level", map[string]string{"LOG_LEVEL": "LOUD"}, []string{`LOG_LEVEL is "LOUD", should be DEBUG, INFO, WARN or ERROR`}},
		{"not a size", map[string]string{"MAXIMUM_PAYLOAD_BYTES": "16MiB"}, []string{`MAXIMUM_PAYLOAD_BYTES is "16MiB"`}},
		{"half of the flags' ids", map[string]string{"FLAGS_PROFILE_ID": "p"}, []string{"FLAGS_APPLICATION_ID is not set", "FLAGS_ENVIRONMENT_ID is not set"}},
		{"not a URL", map[string]string{"DOWNSTREAM_URL": "user:pass", "AWS_ENDPOINT_URL": "localhost:4566"}, []string{"DOWNSTREAM_URL should be a URL", "AWS_ENDPOINT_URL should be a URL"}},
		{"no routes", map[string]string{"ROUTES": `[{"name":"pass"`}, []string{"ROUTES should be a JSON list of routes"}},
		{"an empty list of routes", map[string]string{"ROUTES": `[]`}, []string{"ROUTES should be a JSON list of routes"}},
		{"no default", map[string]string{"ROUTES": `[{"name":"a","topics":["b"]}]`}, []string{"ROUTES: the last route, a, has topics"}},
		{
			"two ways to say where events go",
			map[string]string{"ROUTES": `[{"name":"a"}]`, "DOWNSTREAM_URL": "https://user:pass@crm.example", "DOWNSTREAM_SECRET_ARN": "arn"},
			[]string{"ROUTES and DOWNSTREAM_URL are both set", "ROUTES and DOWNSTREAM_SECRET_ARN are both set"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			environment := good()
			maps.Copy(environment, c.set)
			_, err := readSettings(func(name string) string { return environment[name] })
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "pass") {
				t.Errorf("%q has a secret in it", err)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	environment := good()
	environment["ROUTES"] = `[{"name":"calls","topics":["telephony.*"],"targets":[{"name":"crm","kind":"http","address":"https://crm.example","auth":` +
		`{"kind":"bearer","secretArn":"arn:of:secret"},"timeoutSeconds":7}]},{"name":"rest"}]`
	s, err := readSettings(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	want := []contract.Route{
		{Name: "calls", Topics: []string{"telephony.*"}, Targets: []contract.Target{{
			Name: "crm", Kind: contract.TargetHTTP, Address: "https://crm.example", TimeoutSeconds: 7,
			Auth: &contract.Auth{Kind: contract.AuthBearer, SecretARN: "arn:of:secret"},
		}}},
		{Name: "rest"},
	}
	if !reflect.DeepEqual(s.Routes, want) {
		t.Errorf("%+v, want %+v", s.Routes, want)
	}
}
