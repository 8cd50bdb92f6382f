package plugin

import (
	"reflect"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

func unmarshal(t *testing.T, properties *structpb.Struct) resource.PropertyMap {
	t.Helper()
	out, err := sdk.UnmarshalProperties(properties, sdk.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPlainAndBack(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	wrapped := resource.PropertyMap{
		"secret": resource.MakeSecret(resource.NewProperty("x")),
		"null":   resource.NewNullProperty(),
		"output": resource.NewProperty(resource.Output{Element: resource.NewProperty(1.0), Known: true}),
		"later":  resource.NewProperty(resource.Output{Element: resource.NewProperty(1.0)}),
		"list":   resource.NewProperty([]resource.PropertyValue{resource.NewProperty(true), unknown}),
		"object": resource.NewProperty(resource.PropertyMap{"a": resource.NewProperty("b"), "none": resource.NewNullProperty()}),
	}
	plain := Values{
		"secret": "x", "output": 1.0, "later": Unknown{}, "list": []any{true, Unknown{}}, "object": map[string]any{"a": "b"},
	}
	got := Plain(wrapped)
	if !reflect.DeepEqual(got, plain) {
		t.Errorf("plain it is %#v, want %#v", got, plain)
	}
	if again := PlainValue(ToProperty(got)); !reflect.DeepEqual(Values(again.(map[string]any)), plain) {
		t.Errorf("there and back it is %#v, want %#v", again, plain)
	}
	for name, known := range map[string]bool{"secret": true, "object": true, "list": false, "later": false, "null": false, "absent": false} {
		if got.Known(name) != known {
			t.Errorf("%s is known: %t", name, !known)
		}
	}
}

func TestReplaceKeepsASecret(t *testing.T) {
	m := resource.PropertyMap{"token": resource.MakeSecret(resource.NewProperty("old")), "name": resource.NewProperty("old")}
	Replace(m, "token", "new")
	Replace(m, "name", nil)
	Replace(m, "size", 1.0)
	want := resource.PropertyMap{"token": resource.MakeSecret(resource.NewProperty("new")), "size": resource.NewProperty(1.0)}
	if !m.DeepEquals(want) {
		t.Errorf("it is %v, want %v", m, want)
	}
}
