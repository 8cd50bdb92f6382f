package main

import (
	"reflect"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"
)

// TestFromEngine: the engine's resources become those that the policies look at.
func TestFromEngine(t *testing.T) {
	have := fromEngine(policyx.AnalyzerResource{
		Type: queueType, Name: "ingestion", Options: pulumi.ResourceOptions{Protect: true},
		Properties: property.NewMap(map[string]property.Value{
			"name":    property.New("a"),
			"seconds": property.New(30.0),
			"on":      property.New(true),
			"none":    property.New(property.Null),
			"arn":     property.New(property.Computed),
			"actions": property.New([]property.Value{property.New(property.Computed)}),
			"policy":  property.New(`{"Statement":[{"Effect":"Deny"}]}`),
			"nested":  property.New(map[string]property.Value{"enabled": property.New(false)}),
			"token":   property.New("not-a-real-token").WithSecret(true),
		}),
	})
	want := Resource{URN: ingestion, Protect: true, Inputs: map[string]any{
		"name": "a", "seconds": 30.0, "on": true, "none": nil, "arn": unknown{}, "actions": []any{unknown{}},
		"policy": map[string]any{"Statement": []any{map[string]any{"Effect": "Deny"}}},
		"nested": map[string]any{"enabled": false}, "token": hidden,
	}}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("the resource is\n%#v\nwant\n%#v", have, want)
	}
}
