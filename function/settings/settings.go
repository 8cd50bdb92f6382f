// Package settings reads the function's environment.
package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"
)

// Settings are the function's settings. The stack sets them; each field names its variable.
type Settings struct {
	DedupTableName         string        // DEDUP_TABLE_NAME
	DedupRetention         time.Duration // DEDUP_RETENTION_SECONDS
	IngestionQueueURL      string        // INGESTION_QUEUE_URL
	ValidationQueueURL     string        // VALIDATION_QUEUE_URL
	QueueVisibilityTimeout time.Duration // QUEUE_VISIBILITY_TIMEOUT_SECONDS
	MessageRetention       time.Duration // MESSAGE_RETENTION_SECONDS
	MaxReceiveCount        int           // MAX_RECEIVE_COUNT
	DownstreamURL          string        // DOWNSTREAM_URL; empty: events are logged only
	DownstreamSecretARN    string        // DOWNSTREAM_SECRET_ARN; empty: no bearer token
	LogLevel               slog.Level    // LOG_LEVEL; INFO when empty
	PayloadBucket          string        // PAYLOAD_BUCKET; empty: claim checks are refused
	MaximumPayloadBytes    int           // MAXIMUM_PAYLOAD_BYTES; 16 MiB when empty
	Flags                  FlagsProfile  // FLAGS_…_ID; all empty: the built-in defaults

	// The rest is set by Lambda. EndpointURL is for an AWS other than the public one; empty otherwise.
	Region          string // AWS_REGION
	EndpointURL     string // AWS_ENDPOINT_URL
	AccessKeyID     string // AWS_ACCESS_KEY_ID
	SecretAccessKey string // AWS_SECRET_ACCESS_KEY
	SessionToken    string // AWS_SESSION_TOKEN
	MemoryMB        int    // AWS_LAMBDA_FUNCTION_MEMORY_SIZE; 0 when not set
	FunctionName    string // AWS_LAMBDA_FUNCTION_NAME
}

// FlagsProfile says where in AWS AppConfig the flags are.
type FlagsProfile struct {
	Application string // FLAGS_APPLICATION_ID
	Environment string // FLAGS_ENVIRONMENT_ID
	Profile     string // FLAGS_PROFILE_ID
}

// defaultMaximumPayloadBytes is the stack's default as well.
const defaultMaximumPayloadBytes = 16 << 20

// Read reads all settings. Its error joins all that is wrong with them.
func Read(getenv func(string) string) (Settings, error) {
	r := reader{getenv: getenv}
	s := Settings{
		DedupTableName:         r.required("DEDUP_TABLE_NAME"),
		DedupRetention:         r.seconds("DEDUP_RETENTION_SECONDS"),
		IngestionQueueURL:      r.url("INGESTION_QUEUE_URL", r.required("INGESTION_QUEUE_URL")),
		ValidationQueueURL:     r.url("VALIDATION_QUEUE_URL", r.required("VALIDATION_QUEUE_URL")),
		QueueVisibilityTimeout: r.seconds("QUEUE_VISIBILITY_TIMEOUT_SECONDS"),
		MessageRetention:       r.seconds("MESSAGE_RETENTION_SECONDS"),
		MaxReceiveCount:        r.positive("MAX_RECEIVE_COUNT"),
		DownstreamURL:          r.url("DOWNSTREAM_URL", getenv("DOWNSTREAM_URL")),
		DownstreamSecretARN:    getenv("DOWNSTREAM_SECRET_ARN"),
		LogLevel:               r.level("LOG_LEVEL"),
		PayloadBucket:          getenv("PAYLOAD_BUCKET"),
		MaximumPayloadBytes:    defaultMaximumPayloadBytes,
		Flags:                  r.flags(),
		Region:                 r.required("AWS_REGION"),
		EndpointURL:            r.url("AWS_ENDPOINT_URL", getenv("AWS_ENDPOINT_URL")),
		AccessKeyID:            r.required("AWS_ACCESS_KEY_ID"),
		SecretAccessKey:        r.required("AWS_SECRET_ACCESS_KEY"),
		SessionToken:           getenv("AWS_SESSION_TOKEN"),
		FunctionName:           getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	if getenv("MAXIMUM_PAYLOAD_BYTES") != "" {
		s.MaximumPayloadBytes = r.positive("MAXIMUM_PAYLOAD_BYTES")
	}
	if getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") != "" {
		s.MemoryMB = r.positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
	}
	if err := errors.Join(r.problems...); err != nil {
		return Settings{}, fmt.Errorf("read environment: %w", err)
	}
	return s, nil
}

type reader struct {
	getenv   func(string) string
	problems []error
}

func (r *reader) problem(format string, values ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, values...))
}

func (r *reader) required(name string) string {
	value := r.getenv(name)
	if value == "" {
		r.problem("%s is not set", name)
	}
	return value
}

// flags wants all three ids or none.
func (r *reader) flags() FlagsProfile {
	names := []string{"FLAGS_APPLICATION_ID", "FLAGS_ENVIRONMENT_ID", "FLAGS_PROFILE_ID"}
	profile := FlagsProfile{Application: r.getenv(names[0]), Environment: r.getenv(names[1]), Profile: r.getenv(names[2])}
	if profile == (FlagsProfile{}) {
		return profile
	}
	for _, name := range names {
		r.required(name)
	}
	return profile
}

func (r *reader) positive(name string) int {
	value := r.required(name)
	if value == "" {
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 1 {
		r.problem("%s is %q, should be a whole number from 1 to 2147483647", name, value)
	}
	return int(n)
}

func (r *reader) seconds(name string) time.Duration {
	return time.Duration(r.positive(name)) * time.Second
}

// url checks a value that may be empty. The value is not in the error: a downstream's URL can have credentials in it.
func (r *reader) url(name, value string) string {
	if value == "" {
		return ""
	}
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
		r.problem("%s should be a URL that starts with https:// or http://", name)
	}
	return value
}

func (r *reader) level(name string) (level slog.Level) {
	value := r.getenv(name)
	if value == "" {
		return slog.LevelInfo
	}
	if err := level.UnmarshalText([]byte(value)); err != nil {
		r.problem("%s is %q, should be DEBUG, INFO, WARN or ERROR", name, value)
	}
	return level
}
