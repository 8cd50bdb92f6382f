package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ordered is a JSON object with the order of its members.
type ordered []struct {
	name  string
	value any
}

func (o ordered) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (o ordered) text(name string) string {
	text, _ := o.get(name).(string)
	return text
}

func (o ordered) object(name string) ordered {
	object, _ := o.get(name).(ordered)
	return object
}

// texts is a text or a list of texts.
func (o ordered) texts(name string) []string {
	switch v := o.get(name).(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if text, ok := e.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}

// parseOrdered reads a JSON object.
func parseOrdered(data []byte) (ordered, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	v, err := decodeOrdered(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the object")
	}
	o, ok := v.(ordered)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	return o, nil
}

func decodeOrdered(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := ordered{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeOrdered(decoder)
			if err != nil {
				return nil, err
			}
			o = append(o, struct {
				name  string
				value any
			}{name.(string), v}) //nolint:forcetypeassert // the decoder gives nothing else
		}
		_, err := decoder.Token()
		return o, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			v, err := decodeOrdered(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := decoder.Token()
		return list, err
	}
	return token, nil
}

// references are the objects of a document that others refer to: by an id of their own, or by a place in $defs.
type references map[string]ordered

func (r references) collect(v any) {
	switch v := v.(type) {
	case ordered:
		if id := v.text("id"); id != "" && v.get("$ref") == nil && (v.get("type") != nil || v.get("properties") != nil) {
			r[id] = v
		}
		for _, m := range v {
			r.collect(m.value)
		}
	case []any:
		for _, e := range v {
			r.collect(e)
		}
	}
}

func (r references) find(ref string, root ordered) (ordered, error) {
	if name, ok := strings.CutPrefix(ref, "#/$defs/"); ok {
		if found := root.object("$defs").object(name); found != nil {
			return found, nil
		}
	}
	if found, ok := r[ref]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("it refers to %q, which is not in it", ref)
}
