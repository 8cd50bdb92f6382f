package provider

import (
	"encoding/json"
	"fmt"

	"cc-eventbridge/genesys/plugin"
)

// The words of package plugin that are on every page here.
type (
	values  = plugin.Values
	unknown = plugin.Unknown
	problem = plugin.Problem
)

// decode fills a struct whose JSON names are those of the properties.
func decode[T any](v values) (T, error) {
	var t T
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil {
		return t, fmt.Errorf("reading the resource's properties: %w", err)
	}
	return t, nil
}

// encode is the opposite of decode.
func encode(from any) (values, error) {
	v := values{}
	data, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what Genesys Cloud answered: %w", err)
	}
	return v, nil
}
