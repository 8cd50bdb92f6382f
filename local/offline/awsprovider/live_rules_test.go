package awsprovider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"cc-eventbridge/genesys/plugin"
)

// TestRulesBetweenResources: AWS refuses these on the call, and the emulator does not.
func TestRulesBetweenResources(t *testing.T) {
	p := configured(t, startEmulator(t), nil)
	make := func(token tokens.Type, in args) (args, error) {
		resp, err := p.Create(t.Context(), sdk.CreateRequest{
			URN: resource.NewURN("s", "p", "", token, "r"), Type: token, Properties: plugin.ToProperty(in).ObjectValue(),
		})
		out := plugin.Plain(resp.Properties)
		if out != nil {
			out["id"] = string(resp.ID)
		}
		return out, err
	}
	made := func(token tokens.Type, in args) args {
		out, err := make(token, in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	refused := func(name, want string, token tokens.Type, in args) {
		t.Run(name, func(t *testing.T) {
			if _, err := make(token, in); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, and should have %q", err, want)
			}
		})
	}
	queue := made(queueToken, args{"name": "q", "visibilityTimeoutSeconds": 30.0})
	roomy := made(queueToken, args{"name": "roomy", "visibilityTimeoutSeconds": 300.0})
	trusted := made(roleToken, args{"name": "trusted", "assumeRolePolicy": trust})
	other := made(roleToken, args{"name": "other", "assumeRolePolicy": strings.ReplaceAll(trust, "lambda.", "ecs.")})
	f := args{
		"name": "f", "role": trusted["arn"], "runtime": "provided.al2023", "handler": "bootstrap", "code": functionZip(t, "x"), "timeout": 120.0,
	}
	made(functionToken, f)
	with := func(in args, name string, value any) args {
		out := withFallbacks(nil, in)
		out[name] = value
		return out
	}
	refused("a function whose role trusts another service", "cannot be assumed by Lambda", functionToken, with(with(f, "name", "g"), "role", other["arn"]))
	refused("a function whose role does not exist", "does not exist", functionToken, with(with(f, "name", "g"), "role", "arn:aws:iam::000000000000:role/none"))
	refused("a mapping whose queue is visible again too early",
		"Queue visibility timeout: 30 seconds is less than Function timeout: 120 seconds", mappingToken,
		args{"eventSourceArn": queue["arn"], "functionName": "f"})
	refused("a mapping of a queue that does not exist", "does not exist", mappingToken,
		args{"eventSourceArn": queue.Text("arn") + "-none", "functionName": "f"})
	redrive := func(target string) args {
		return args{"queueUrl": queue["url"], "redrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, target)}
	}
	refused("a dead-letter queue that does not exist", "Dead letter target does not exist", "aws:sqs/redrivePolicy:RedrivePolicy",
		redrive(queue.Text("arn")+"-none"))
	made("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", args{"queueUrl": roomy["url"], "redriveAllowPolicy": `{"redrivePermission":"denyAll"}`})
	refused("a dead-letter queue that does not let this queue in", "does not permit queue", "aws:sqs/redrivePolicy:RedrivePolicy",
		redrive(roomy.Text("arn")))
	table := made(tableToken, with(valid(t, tableToken), "deletionProtectionEnabled", true))
	t.Run("the deletion of a protected table", func(t *testing.T) {
		_, err := p.Delete(t.Context(), sdk.DeleteRequest{
			URN: resource.NewURN("s", "p", "", tableToken, "r"), Type: tableToken, ID: resource.ID(table.Text("id")),
		})
		if err == nil || !strings.Contains(err.Error(), "protected against deletion") {
			t.Errorf("error is %v", err)
		}
	})
}

// TestServer speaks to the provider as the engine does: secrets stay secret on the wire, and both ways.
func TestServer(t *testing.T) {
	server := plugin.NewServer(configured(t, startEmulator(t), nil))
	info, err := server.GetPluginInfo(t.Context(), nil)
	if err != nil || info.GetVersion() != Version {
		t.Fatalf("version is %q, and should be %q: %v", info.GetVersion(), Version, err)
	}
	config, err := sdk.MarshalProperties(resource.PropertyMap{"region": resource.NewProperty(testRegion)}, sdk.MarshalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Handshake(t.Context(), &pulumirpc.ProviderHandshakeRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Configure(t.Context(), &pulumirpc.ConfigureRequest{
		AcceptSecrets: true, Args: config,
	}); err != nil {
		t.Fatal(err)
	}
	send := func(token tokens.Type, in resource.PropertyMap) (resource.PropertyMap, error) {
		options := sdk.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}
		rpc, err := sdk.MarshalProperties(in, options)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Create(t.Context(), &pulumirpc.CreateRequest{Urn: string(resource.NewURN("s", "p", "", token, "r")), Properties: rpc})
		if err != nil {
			return nil, err
		}
		out, err := sdk.UnmarshalProperties(resp.GetProperties(), options)
		if err != nil {
			t.Fatal(err)
		}
		return out, nil
	}
	expectPaths(t, server)
	secret, err := send("aws:secretsmanager/secret:Secret", resource.PropertyMap{"name": resource.NewProperty("token")})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]resource.PropertyValue{
		"marked by the program": resource.MakeSecret(resource.NewProperty("hush")), "not marked": resource.NewProperty("hush"),
	} {
		t.Run("a secret's value, "+name, func(t *testing.T) {
			out, err := send("aws:secretsmanager/secretVersion:SecretVersion", resource.PropertyMap{"secretId": secret["arn"], "secretString": value})
			if err != nil {
				t.Fatal(err)
			}
			if !out["secretString"].IsSecret() || out["secretString"].SecretValue().Element.StringValue() != "hush" {
				t.Errorf("secretString is %v, and should be a secret", out["secretString"])
			}
		})
	}
}

// expectPaths: a reviewer sees which setting changes, not just which property.
func expectPaths(t *testing.T, server pulumirpc.ResourceProviderServer) {
	t.Helper()
	marshal := func(concurrency float64) *structpb.Struct {
		out, err := sdk.MarshalProperties(plugin.ToProperty(scale(concurrency)).ObjectValue(), sdk.MarshalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	diff, err := server.Diff(t.Context(), &pulumirpc.DiffRequest{
		Urn: string(resource.NewURN("s", "p", "", mappingToken, "r")), Id: "m", OldInputs: marshal(50), News: marshal(80),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !diff.GetHasDetailedDiff() || diff.GetDetailedDiff()["scalingConfig.maximumConcurrency"] == nil || diff.GetDiffs()[0] != "scalingConfig" {
		t.Errorf("diff is %v", diff)
	}
}

// TestUnfinishedCreateIsFinished: the engine calls update without any change for what a create has left half made.
func TestUnfinishedCreateIsFinished(t *testing.T) {
	s := stack{t, configured(t, startEmulator(t), nil)}
	in := valid(t, tableToken)
	made := s.make(tableToken, in)
	in["ttl"] = map[string]any{"attributeName": "expiresAt", "enabled": true}
	in["tags"] = map[string]any{"a": "b"}
	wanted := plugin.ToProperty(in).ObjectValue()
	resp, err := s.p.Update(t.Context(), sdk.UpdateRequest{
		URN: s.urn(tableToken), Type: tableToken, ID: resource.ID(made.Text("id")), OldInputs: wanted, NewInputs: wanted,
	})
	if err != nil {
		t.Fatal(err)
	}
	read, err := s.p.Read(t.Context(), sdk.ReadRequest{URN: s.urn(tableToken), Type: tableToken, ID: resource.ID(made.Text("id"))})
	if out := plugin.Plain(read.Outputs); err != nil || !out.Object("ttl").Bool("enabled") || out.Object("tags").Text("a") != "b" {
		t.Errorf("the table has ttl %v and tags %v (%v): both were asked for; the update said %v", out["ttl"], out["tags"], err, resp.Properties)
	}
}
