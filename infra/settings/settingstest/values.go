// Package settingstest gives tests the configuration that a stack would have: the defaults that Pulumi.yaml declares,
// and what a stack file sets. The engine does the same before it runs the program.
package settingstest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// Values returns the configuration of a stack of the project in root. file is the stack's file in root; empty for a
// stack that sets nothing.
func Values(t testing.TB, root, file string) map[string]string {
	t.Helper()
	var project struct {
		Name   string
		Config map[string]struct{ Default any }
	}
	read(t, filepath.Join(root, "Pulumi.yaml"), &project)
	values := map[string]string{}
	for key, declared := range project.Config {
		if declared.Default != nil {
			values[key] = text(t, declared.Default)
		}
	}
	if file == "" {
		return values
	}
	var stack struct{ Config map[string]any }
	read(t, filepath.Join(root, file), &stack)
	for key, value := range stack.Config {
		if own, ok := strings.CutPrefix(key, project.Name+":"); ok {
			values[own] = text(t, value)
		}
	}
	return values
}

func read(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// text writes a value as the engine hands it to the program: scalars as they are, the rest as JSON.
func text(t testing.TB, value any) string {
	t.Helper()
	switch value.(type) {
	case string, int, bool, float64:
		return fmt.Sprint(value)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}
