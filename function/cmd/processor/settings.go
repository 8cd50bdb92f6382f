package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"cc-eventbridge/function/contract"
)

// settings are what the function reads from its environment. The stack sets them, see package contract.
type settings struct {
	DedupTableName         string
	DedupRetention         time.Duration
	IngestionQueueURL      string
	ValidationQueueURL     string
	QueueVisibilityTimeout time.Duration
	MessageRetention       time.Duration
	MaxReceiveCount        int
	DownstreamURL          string // empty: events are logged only
	DownstreamSecretARN    string // empty: no bearer token
	DownstreamTimeout      time.Duration
	Routes                 []contract.Route // instead of the three above; none where these say where events go
	LogLevel               slog.Level       // INFO when not set
	PayloadBucket          string           // empty: claim checks are refused
	MaximumPayloadBytes    int              // contract.DefaultMaximumPayloadBytes when not set
	Flags                  flagsProfile     // all empty: the built-in defaults

	// The rest is set by Lambda. EndpointURL is for an AWS other than the public one; empty otherwise.
	Region          string // AWS_REGION
	EndpointURL     string // AWS_ENDPOINT_URL
	AccessKeyID     string // AWS_ACCESS_KEY_ID
	SecretAccessKey string // AWS_SECRET_ACCESS_KEY
	SessionToken    string // AWS_SESSION_TOKEN
	MemoryMB        int    // AWS_LAMBDA_FUNCTION_MEMORY_SIZE; 0 when not set
	FunctionName    string // AWS_LAMBDA_FUNCTION_NAME
}

// flagsProfile says where in AWS AppConfig the flags are.
type flagsProfile struct {
	Application string
	Environment string
	Profile     string
}

// readSettings reads all settings. Its error joins all that is wrong with them.
func readSettings(getenv func(string) string) (settings, error) {
	r := reader{getenv: getenv}
	s := settings{
		DedupTableName:         r.required(contract.EnvDedupTable),
		DedupRetention:         r.seconds(contract.EnvDedupRetention),
		IngestionQueueURL:      r.url(contract.EnvIngestionQueueURL, r.required(contract.EnvIngestionQueueURL)),
		ValidationQueueURL:     r.url(contract.EnvValidationQueueURL, r.required(contract.EnvValidationQueueURL)),
		QueueVisibilityTimeout: r.seconds(contract.EnvQueueVisibilityTimeout),
		MessageRetention:       r.seconds(contract.EnvMessageRetention),
		MaxReceiveCount:        r.positive(contract.EnvMaxReceiveCount),
		DownstreamURL:          r.url(contract.EnvDownstreamURL, getenv(contract.EnvDownstreamURL)),
		DownstreamSecretARN:    getenv(contract.EnvDownstreamSecretARN),
		DownstreamTimeout:      contract.DefaultDownstreamTimeout,
		Routes:                 r.routes(),
		LogLevel:               r.level(contract.EnvLogLevel),
		PayloadBucket:          getenv(contract.EnvPayloadBucket),
		MaximumPayloadBytes:    contract.DefaultMaximumPayloadBytes,
		Flags:                  r.flags(),
		Region:                 r.required("AWS_REGION"),
		EndpointURL:            r.url("AWS_ENDPOINT_URL", getenv("AWS_ENDPOINT_URL")),
		AccessKeyID:            r.required("AWS_ACCESS_KEY_ID"),
		SecretAccessKey:        r.required("AWS_SECRET_ACCESS_KEY"),
		SessionToken:           getenv("AWS_SESSION_TOKEN"),
		FunctionName:           getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	if getenv(contract.EnvMaximumPayloadBytes) != "" {
		s.MaximumPayloadBytes = r.positive(contract.EnvMaximumPayloadBytes)
	}
	if getenv(contract.EnvDownstreamTimeout) != "" {
		s.DownstreamTimeout = r.seconds(contract.EnvDownstreamTimeout)
	}
	if getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") != "" {
		s.MemoryMB = r.positive("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
	}
	if err := errors.Join(r.problems...); err != nil {
		return settings{}, fmt.Errorf("read environment: %w", err)
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
func (r *reader) flags() flagsProfile {
	names := []string{contract.EnvFlagsApplication, contract.EnvFlagsEnvironment, contract.EnvFlagsProfile}
	profile := flagsProfile{Application: r.getenv(names[0]), Environment: r.getenv(names[1]), Profile: r.getenv(names[2])}
	if profile == (flagsProfile{}) {
		return profile
	}
	for _, name := range names {
		r.required(name)
	}
	return profile
}

// routes reads the routes. Neither addresses nor what can't be read is in an error.
func (r *reader) routes() []contract.Route {
	text := r.getenv(contract.EnvRoutes)
	if text == "" {
		return nil
	}
	var routes []contract.Route
	if err := json.Unmarshal([]byte(text), &routes); err != nil || len(routes) == 0 {
		r.problem("%s should be a JSON list of routes", contract.EnvRoutes)
		return nil
	}
	for _, name := range []string{contract.EnvDownstreamURL, contract.EnvDownstreamSecretARN} {
		if r.getenv(name) != "" {
			r.problem("%s and %s are both set, should be one of them", contract.EnvRoutes, name)
		}
	}
	if last := routes[len(routes)-1]; len(last.Topics) > 0 {
		r.problem("%s: the last route, %s, has topics, should have none and take what no other does", contract.EnvRoutes, last.Name)
	}
	return routes
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
