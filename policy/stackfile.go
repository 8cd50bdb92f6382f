package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

const project = "cc-eventbridge"

// stackFile is the configuration of a stack, as the engine would hand it to the program.
type stackFile struct {
	// values are the project's own keys: the defaults of Pulumi.yaml, and what the stack sets. In the place of what is encrypted
	// there is something that says nothing.
	values      map[string]string
	encrypted   map[string]bool
	region      string
	defaultTags map[string]string
}

// readStack reads Pulumi.yaml and Pulumi.<stack>.yaml.
func readStack(root, stack string) (*stackFile, error) {
	var declared struct {
		Config map[string]struct{ Default any }
	}
	if err := readYAML(filepath.Join(root, "Pulumi.yaml"), &declared); err != nil {
		return nil, err
	}
	s := &stackFile{values: map[string]string{}, encrypted: map[string]bool{}}
	for key, d := range declared.Config {
		if d.Default != nil {
			s.set(key, d.Default)
		}
	}
	var own struct{ Config map[string]any }
	err := readYAML(filepath.Join(root, "Pulumi."+stack+".yaml"), &own)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no stack %s: Pulumi.%s.yaml is not there", stack, stack)
	}
	if err != nil {
		return nil, err
	}
	for key, value := range own.Config {
		if name, ok := strings.CutPrefix(key, project+":"); ok {
			s.set(name, value)
		} else if strings.HasPrefix(key, "genesys:") {
			s.set(key, value) // the settings say what is wrong with it
		}
	}
	s.region, _ = own.Config["aws:region"].(string)
	if tags, ok := own.Config["aws:defaultTags"].(map[string]any); ok {
		s.defaultTags = map[string]string{}
		if all, ok := tags["tags"].(map[string]any); ok {
			for name, value := range all {
				s.defaultTags[name] = fmt.Sprint(value)
			}
		}
	}
	return s, nil
}

func readYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading %s: it is no YAML", filepath.Base(path)) // what yaml says has a part of the text
	}
	return nil
}

// set writes a value as the engine hands it to the program: scalars as they are, the rest as JSON.
func (s *stackFile) set(key string, value any) {
	if cleared, secret := withoutSecrets(value); secret {
		value, s.encrypted[key] = cleared, true
	} else {
		delete(s.encrypted, key)
	}
	switch value.(type) {
	case map[string]any, []any:
		text, _ := json.Marshal(value)
		s.values[key] = string(text)
	case nil:
		s.values[key] = ""
	default:
		s.values[key] = fmt.Sprint(value)
	}
}

// withoutSecrets puts a placeholder where a value is encrypted, which is an object with the one member secure.
func withoutSecrets(value any) (cleared any, secret bool) {
	switch v := value.(type) {
	case map[string]any:
		if _, ok := v["secure"].(string); ok && len(v) == 1 {
			return secretStandIn, true
		}
		all := map[string]any{}
		for name, member := range v {
			var s bool
			all[name], s = withoutSecrets(member)
			secret = secret || s
		}
		return all, secret
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			var s bool
			all[i], s = withoutSecrets(element)
			secret = secret || s
		}
		return all, secret
	}
	return value, false
}
