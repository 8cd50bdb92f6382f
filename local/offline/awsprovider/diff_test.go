package awsprovider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

func TestDiff(t *testing.T) {
	one, two := &resource.Archive{Hash: "1", Path: "a.zip"}, &resource.Archive{Hash: "2", Path: "a.zip"}
	sameCode := &resource.Archive{Hash: "1", Path: "elsewhere.zip"}
	variables := func(v map[string]any) args { return args{"environment": map[string]any{"variables": v}} }
	for name, c := range map[string]struct {
		token     tokens.Type
		old, next args
		want      string // paths and kinds, and "delete first"
	}{
		"nothing":                             {queueToken, args{"name": "q"}, args{"name": "q"}, ""},
		"a default spelled out":               {queueToken, args{}, args{"visibilityTimeoutSeconds": 30.0}, ""},
		"a value":                             {queueToken, args{"receiveWaitTimeSeconds": 1.0}, args{"receiveWaitTimeSeconds": 2.0}, "receiveWaitTimeSeconds update"},
		"a value that was a text":             {queueToken, args{"receiveWaitTimeSeconds": "1"}, args{"receiveWaitTimeSeconds": 1.0}, ""},
		"a value added":                       {queueToken, args{}, args{"receiveWaitTimeSeconds": 2.0}, "receiveWaitTimeSeconds add"},
		"a value removed":                     {queueToken, args{"receiveWaitTimeSeconds": 2.0}, args{}, "receiveWaitTimeSeconds delete"},
		"a value not known yet":               {queueToken, args{"receiveWaitTimeSeconds": 2.0}, args{"receiveWaitTimeSeconds": unknown{}}, "receiveWaitTimeSeconds update"},
		"a name":                              {queueToken, args{"name": "a"}, args{"name": "b"}, "name update-replace"},
		"a replacement that keeps its name":   {tableToken, args{"name": "t", "hashKey": "a"}, args{"name": "t", "hashKey": "b"}, "hashKey update-replace, delete first"},
		"a tag":                               {queueToken, args{"tags": map[string]any{"a": "1"}}, args{"tags": map[string]any{"a": "2", "b.c": "3"}}, `tags.a update, tags["b.c"] add`},
		"no tags and none":                    {queueToken, args{"tags": map[string]any{}}, args{}, ""},
		"a JSON text written differently":     {"aws:cloudwatch/eventRule:EventRule", args{"eventPattern": `{"a":1,"b":2}`}, args{"eventPattern": "{\"b\":2,\n\"a\":1}"}, ""},
		"a JSON list in another order":        {"aws:cloudwatch/eventRule:EventRule", args{"eventPattern": `{"a":[1,2]}`}, args{"eventPattern": `{"a":[2,1]}`}, "eventPattern update"},
		"a policy's actions in other order":   {"aws:iam/rolePolicy:RolePolicy", args{"policy": `{"Action":["a","b"]}`}, args{"policy": `{"Action":["b","a"]}`}, ""},
		"a policy's list of one":              {"aws:iam/rolePolicy:RolePolicy", args{"policy": `{"Action":["a"]}`}, args{"policy": `{"Action":"a"}`}, ""},
		"a policy as an object":               {"aws:iam/rolePolicy:RolePolicy", args{"policy": `{"Action":"a"}`}, args{"policy": map[string]any{"Action": "a"}}, ""},
		"a policy's action":                   {"aws:iam/rolePolicy:RolePolicy", args{"policy": `{"Action":"a"}`}, args{"policy": `{"Action":"b"}`}, "policy update"},
		"the same code from another path":     {functionToken, args{"code": one}, args{"code": sameCode}, ""},
		"other code at the same path":         {functionToken, args{"code": one}, args{"code": two}, "code update"},
		"memory and a variable":               {functionToken, variables(map[string]any{"A": "1"}), withMemory(variables(map[string]any{"A": "2"}), 256), "environment.variables.A update, memorySize add"},
		"a set in another order":              {alarmToken, args{"alarmActions": []any{"a", "b"}}, args{"alarmActions": []any{"b", "a"}}, ""},
		"a set with another element":          {alarmToken, args{"alarmActions": []any{"a"}}, args{"alarmActions": []any{"a", "b"}}, "alarmActions update"},
		"maximum concurrency":                 {mappingToken, scale(50), scale(80), "scalingConfig.maximumConcurrency update"},
		"the mapping's queue":                 {mappingToken, args{"eventSourceArn": "a"}, args{"eventSourceArn": "b"}, "eventSourceArn update-replace"},
		"what AWS chose, not set any more":    {functionToken, args{"tracingConfig": map[string]any{"mode": "Active"}}, args{}, ""},
		"a flag":                              {hostedVersionToken, args{"content": `{"a":1}`}, args{"content": `{"a":2}`}, "content update-replace"},
		"the flags' version, made in between": {deploymentToken, args{"configurationVersion": "1"}, args{"configurationVersion": unknown{}}, "configurationVersion update-replace"},
		"a deployment's tag":                  {deploymentToken, args{"tags": map[string]any{}}, args{"tags": map[string]any{"a": "b"}}, "tags.a add"},
		"a validator written differently":     {profileToken, validating(`{"type":"object","title":"x"}`), validating("{\"title\":\"x\",\n\"type\":\"object\"}"), ""},
		"a validator":                         {profileToken, validating(`{"type":"object"}`), validating(`{"type":"array"}`), "validators update"},
		"monitors in another order": {
			environmentToken, args{"monitors": []any{watching("a"), watching("b")}}, args{"monitors": []any{watching("b"), watching("a")}}, "",
		},
		"an environment's name":        {environmentToken, args{"name": "a"}, args{"name": "b"}, "name update"},
		"a strategy's name":            {strategyToken, args{"name": "a"}, args{"name": "b"}, "name update-replace"},
		"a bake time of 0 spelled out": {strategyToken, args{}, args{"finalBakeTimeInMinutes": 0.0}, ""},
		"a bucket's versioning": {
			bucketVersioningToken,
			args{"versioningConfiguration": map[string]any{"status": "Disabled"}},
			args{"versioningConfiguration": map[string]any{"status": "Enabled"}},
			"versioningConfiguration.status update",
		},
	} {
		t.Run(name, func(t *testing.T) {
			result := newRegistry()[c.token].diff(c.old, c.next)
			got := []string{}
			for _, path := range slices.Sorted(maps.Keys(result.DetailedDiff)) {
				got = append(got, path+" "+result.DetailedDiff[path].Kind.String())
			}
			if result.DeleteBeforeReplace {
				got = append(got, "delete first")
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("diff is %q, and should be %q", s, c.want)
			}
			if (result.Changes == sdk.DiffSome) != (c.want != "") {
				t.Errorf("changes are %v", result.Changes)
			}
		})
	}
}

func withMemory(in args, mb float64) args {
	in["memorySize"] = mb
	return in
}

func validating(schema string) args {
	return args{"validators": []any{map[string]any{"type": "JSON_SCHEMA", "content": schema}}}
}

func watching(alarm string) any { return map[string]any{"alarmArn": alarm} }

func scale(n float64) args {
	return args{"scalingConfig": map[string]any{"maximumConcurrency": n}}
}

func TestPreviewOfAFunctionUpdate(t *testing.T) {
	base := valid(t, functionToken)
	state := resource.PropertyMap{"version": resource.NewProperty("1"), "codeSha256": resource.NewProperty("abc"), "arn": resource.NewProperty("arn")}
	for name, c := range map[string]struct {
		change args
		want   []string // outputs that are not known yet
	}{
		"configuration is a new version": {args{"memorySize": 256.0, "publish": true}, []string{"lastModified", "qualifiedArn", "qualifiedInvokeArn", "version"}},
		"code has a new hash as well": {args{"code": functionZip(t, "y"), "publish": true}, []string{
			"codeSha256", "lastModified", "qualifiedArn", "qualifiedInvokeArn", "sourceCodeSize", "version",
		}},
		"a tag changes no version":       {args{"tags": map[string]any{"a": "b"}, "publish": true}, nil},
		"concurrency changes no version": {args{"reservedConcurrentExecutions": 50.0, "publish": true}, nil},
		"nothing is published":           {args{"memorySize": 256.0, "publish": false}, []string{"lastModified"}},
	} {
		t.Run(name, func(t *testing.T) {
			old := maps.Clone(base)
			old["publish"] = c.change["publish"]
			news := maps.Clone(base)
			maps.Copy(news, c.change)
			resp, err := configured(t, "", nil).Update(t.Context(), sdk.UpdateRequest{
				Type: functionToken, ID: "f", OldInputs: plugin.ToProperty(old).ObjectValue(), OldOutputs: state, NewInputs: plugin.ToProperty(news).ObjectValue(), Preview: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for k, v := range resp.Properties {
				if v.IsComputed() {
					got = append(got, string(k))
				}
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("unknown are %v, and should be %v", got, c.want)
			}
		})
	}
}
