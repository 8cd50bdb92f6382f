package awsprovider

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func TestPartnerEventSourcesOfGenesysAreTakenForPresent(t *testing.T) {
	p := configured(t, startEmulator(t), nil)
	look := func(prefix string) (resource.PropertyMap, error) {
		resp, err := p.Invoke(t.Context(), sdk.InvokeRequest{
			Tok:  "aws:cloudwatch/getEventSource:getEventSource",
			Args: resource.PropertyMap{"namePrefix": resource.NewProperty(prefix)},
		})
		return resp.Properties, err
	}
	const name = "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/prod"
	found, err := look(name)
	if err != nil {
		t.Fatal(err)
	}
	for property, want := range map[resource.PropertyKey]string{
		"name": name, "createdBy": "genesys.com", "state": "PENDING", "arn": "arn:aws:events:" + testRegion + "::event-source/" + name,
	} {
		if got := found[property].StringValue(); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	for _, other := range []string{"aws.partner/example.com/1", "aws.partner/genesys.com/cloud/"} {
		if _, err := look(other); err == nil || !strings.Contains(err.Error(), "no matching partner event source") {
			t.Errorf("%s: error is %v", other, err)
		}
	}
}

// TestTheQuotaIsWhatAnAccountHas: the program asks for one quota, and would go on without an answer.
func TestTheQuotaIsWhatAnAccountHas(t *testing.T) {
	p := configured(t, "", nil)
	for code, want := range map[string]float64{"L-B99A9384": 1000, "L-other": 0} {
		resp, err := p.Invoke(t.Context(), sdk.InvokeRequest{
			Tok:  "aws:servicequotas/getServiceQuota:getServiceQuota",
			Args: resource.PropertyMap{"serviceCode": resource.NewProperty("lambda"), "quotaCode": resource.NewProperty(code)},
		})
		if (err == nil) != (want > 0) || err == nil && resp.Properties["value"].NumberValue() != want {
			t.Errorf("%s is %v, error %v", code, resp.Properties, err)
		}
	}
}
