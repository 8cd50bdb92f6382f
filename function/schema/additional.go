package schema

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds on what configuration adds. A schema of 64 KiB takes 0.04 to 0.2 s to compile on one core of 2.6 GHz, and what
// is added is compiled while events wait. The largest of the build has 3 KB.
const (
	maxAdditional           = 100
	maxAdditionalBytes      = 64 << 10
	maxAdditionalTotalBytes = 512 << 10
	maxTopicBytes           = 256
)

// With returns a registry that also has the given schemas, by topic and version, and that shares r's compiled schemas
// and verdicts. Each is compiled at once, and whatever is wrong with any of them is reported, topic and version named:
// either all of them are added or none. One takes the place of the build's of the same version: a build that comes to have
// a version which configuration had before must not make the configuration invalid.
func (r *Registry) With(extra map[string]map[string]jsontext.Value) (*Registry, error) {
	count, size := 0, 0
	for _, versions := range extra {
		count += len(versions)
		for _, source := range versions {
			size += len(source)
		}
	}
	if count > maxAdditional || size > maxAdditionalTotalBytes {
		return nil, fmt.Errorf("%d additional schemas of %d bytes in all, should be %d of %d at most", count, size, maxAdditional, maxAdditionalTotalBytes)
	}
	with := &Registry{topics: maps.Clone(r.topics), verdicts: r.verdicts, treeBytes: r.treeBytes}
	var errs []error
	for _, topic := range slices.Sorted(maps.Keys(extra)) {
		if topic == "" || len(topic) > maxTopicBytes {
			errs = append(errs, fmt.Errorf("a topic's name of %d bytes, should have 1 to %d", len(topic), maxTopicBytes))
			continue
		}
		versions := slices.Clone(r.topics[topic])
		for _, name := range slices.Sorted(maps.Keys(extra[topic])) {
			added, err := additional(name, extra[topic][name])
			if err != nil {
				errs = append(errs, fmt.Errorf("schema of topic %q, version %q: %w", topic, name, err))
				continue
			}
			versions = slices.DeleteFunc(versions, func(v *version) bool { return v.name == name })
			versions = append(versions, added)
		}
		sortByNumber(versions)
		with.topics[topic] = versions
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return with, nil
}

func additional(name string, source jsontext.Value) (*version, error) {
	number, err := versionNumber(name)
	switch {
	case err != nil:
		return nil, err
	case len(source) > maxAdditionalBytes:
		return nil, fmt.Errorf("has %d bytes, should have %d at most", len(source), maxAdditionalBytes)
	}
	schema, err := compile(source)
	if err != nil {
		return nil, err
	}
	return &version{number, name, func() (*compiled, error) { return schema, nil }}, nil
}
