// Command schemas compares the schemas of function/schemas with Genesys Cloud's catalogue of topics, and writes new versions.
//
//	go run ./genesys/cmd/schemas                                     # asks Genesys Cloud; needs the GENESYSCLOUD_ variables
//	go run ./genesys/cmd/schemas -sdk purecloudplatformclientv2-269.0.0.tar.gz           # needs no network
//	go run ./genesys/cmd/schemas -sdk … -topic 'v2.users.{id}.presence' -write
//
// It exits with 0 if nothing is missing in a schema or what was missing has been written, with 1 if something is missing, and
// with 2 after an error.
//
// The catalogue comes from Genesys Cloud itself (FromCloud), or from its public SDK for Python as a package archive (FromSDK),
// which needs neither network nor credentials. Both describe an event's body as a tree of members with types; the rest of
// what they say (enumerations, what is required, closed objects) is left out, because Genesys Cloud changes it without notice.
//
// A new version takes over everything that the version before accepts. So it adds members, and types to members, and never
// removes any: what is only in the schema was seen in an event, or is from an older catalogue. An object without members, and
// a list without items, are left open in a schema on purpose; what the catalogue says of their insides is not compared.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"

	"cc-eventbridge/genesys/api"
)

const (
	statusMissing = 1
	statusFailed  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := program{out: os.Stdout, err: os.Stderr, getenv: os.Getenv}.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// program is the command with its surroundings.
type program struct {
	out, err  io.Writer
	getenv    func(string) string
	transport http.RoundTripper // nil is the network
}

type options struct {
	folder, sdk, topic string
	write              bool
}

func (p program) run(ctx context.Context, args []string) int {
	var o options
	flags := flag.NewFlagSet("schemas", flag.ContinueOnError)
	flags.SetOutput(p.err)
	flags.StringVar(&o.folder, "schemas", "function/schemas", "the `folder` of the schemas")
	flags.StringVar(&o.sdk, "sdk", "", "the source `archive` of the Python package purecloudplatformclientv2, instead of asking Genesys Cloud")
	flags.StringVar(&o.topic, "topic", "", "only this `topic`; with -write, one that has no schema gets its first")
	flags.BoolVar(&o.write, "write", false, "write a new version of each schema that lacks something")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return statusFailed
	}
	missing, err := p.compare(ctx, o, flags.Args())
	switch {
	case err != nil:
		fmt.Fprintln(p.err, "error:", err)
		return statusFailed
	case missing > 0 && !o.write:
		return statusMissing
	}
	return 0
}

func (p program) compare(ctx context.Context, o options, rest []string) (missing int, err error) {
	if len(rest) > 0 {
		return 0, fmt.Errorf("there is no argument %q: name a topic with -topic", rest[0])
	}
	schemas, err := Versions(o.folder)
	if err != nil {
		return 0, err
	}
	if o.topic != "" {
		others := func(s Schema) bool { return s.Topic != o.topic }
		if schemas = slices.DeleteFunc(schemas, others); len(schemas) == 0 {
			schemas = []Schema{{Topic: o.topic, Description: "Events of the topic " + o.topic + "."}}
		}
	}
	c, err := p.catalogue(ctx, o.sdk)
	if err != nil {
		return 0, err
	}
	for _, s := range schemas {
		lacks, err := p.one(o, c, s)
		if err != nil {
			return 0, err
		}
		if lacks {
			missing++
		}
	}
	fmt.Fprintf(p.out, "%d of %d schemas lack something that %s has\n", missing, len(schemas), c.Source)
	return missing, nil
}

// one compares a schema, and reports whether it lacks something.
func (p program) one(o options, c Catalogue, s Schema) (lacks bool, err error) {
	if c.Elsewhere(s.Topic) {
		fmt.Fprintf(p.out, "%s: Genesys Cloud does not offer it over EventBridge\n", s.Topic)
	}
	body, err := c.Body(s.Topic)
	if errors.Is(err, ErrUnknownTopic) && s.Version > 0 {
		fmt.Fprintf(p.out, "%s: %v\n", s.Topic, ErrUnknownTopic)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	differences := s.Compare(body)
	lacks = s.Version == 0 || slices.ContainsFunc(differences, func(d Difference) bool { return !d.Extra })
	if len(differences) > 0 {
		fmt.Fprintf(p.out, "%s, version %d:\n", s.Topic, s.Version)
	}
	for _, d := range differences {
		fmt.Fprintf(p.out, "  %v\n", d)
	}
	if !lacks || !o.write {
		return lacks, nil
	}
	path, err := s.Next(body).Write(o.folder)
	if err != nil {
		return lacks, err
	}
	fmt.Fprintf(p.out, "%s: written; it needs a description and a payload in function/schema/testdata/payloads\n", path)
	return lacks, nil
}

// catalogue is the SDK's, or Genesys Cloud's own.
func (p program) catalogue(ctx context.Context, sdk string) (Catalogue, error) {
	if sdk != "" {
		return FromSDK(sdk)
	}
	region, id, secret := p.getenv(api.RegionVariable), p.getenv(api.ClientIDVariable), p.getenv(api.ClientSecretVariable)
	var unset []string
	for _, variable := range []string{api.RegionVariable, api.ClientIDVariable, api.ClientSecretVariable} {
		if p.getenv(variable) == "" {
			unset = append(unset, variable)
		}
	}
	if len(unset) > 0 {
		return Catalogue{}, fmt.Errorf("the environment has no %s: set them to ask Genesys Cloud, or name an archive of the SDK with -sdk",
			strings.Join(unset, ", "))
	}
	hosts, err := api.RegionHosts(region)
	if err != nil {
		return Catalogue{}, fmt.Errorf("%s: %w", api.RegionVariable, err)
	}
	return FromCloud(ctx, api.New(api.Options{
		Hosts: hosts, Credentials: api.Credentials{ClientID: id, ClientSecret: api.Secret(secret)}, Transport: p.transport,
	}))
}
