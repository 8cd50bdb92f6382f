package api_test

import (
	"strings"
	"testing"

	"cc-eventbridge/genesys/api"
)

func TestRegionHosts(t *testing.T) {
	for region, domain := range map[string]string{
		"us-east-1": "mypurecloud.com", "us-east-2": "use2.us-gov-pure.cloud", "eu-central-1": "mypurecloud.de",
		"eusc-de-east-1": "edee1.eusc-pure.cloud", "EU-WEST-1": "mypurecloud.ie", "mx-central-1": "mxc1.pure.cloud", "apse1.pure.cloud": "apse1.pure.cloud", "mypurecloud.com.au": "mypurecloud.com.au",
	} {
		hosts, err := api.RegionHosts(region)
		if err != nil || hosts.API.String() != "https://api."+domain || hosts.Login.String() != "https://login."+domain {
			t.Errorf("hosts of %s are %v, error %v, want those of %s", region, hosts, err, domain)
		}
	}
	if _, err := api.RegionHosts("eu-west-9"); err == nil || !strings.Contains(err.Error(), "eu-west-1") {
		t.Errorf("error for an unknown region is %v, want one that lists the known ones", err)
	}
}

func TestParseHost(t *testing.T) {
	for raw, ok := range map[string]bool{
		"https://api.mypurecloud.com": true, "https://api.mypurecloud.com/": true, "http://127.0.0.1:8080": true, "http://localhost:1": true,
		"http://[::1]:1": true, "http://api.mypurecloud.com": false, "api.mypurecloud.com": false, "https://user:password@host": false,
		"https://host/path": false, "https://host?x": false, "": false, "ftp://127.0.0.1": false,
	} {
		_, err := api.ParseHost(raw)
		if (err == nil) != ok {
			t.Errorf("%q: error is %v, want accepted: %v", raw, err, ok)
		}
		if err != nil && strings.Contains(err.Error(), "password") {
			t.Errorf("%q: the error repeats the password: %v", raw, err)
		}
	}
}

func TestParseBasePath(t *testing.T) {
	for raw, want := range map[string]string{"/api/v2": "/api/v2", "/private/v1/": "/private/v1", "api": "", "//host/x": "", "/a/../b": "", "/a?b": ""} {
		if got, err := api.ParseBasePath(raw); got != want || (err == nil) != (want != "") {
			t.Errorf("%q gives %q, error %v, want %q", raw, got, err, want)
		}
	}
}
