package api

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// domains has the domain of every Genesys Cloud region, by its AWS region (Genesys Cloud Resource Center, "AWS regions
// for Genesys Cloud deployment"; developer.genesys.cloud, "Platform API regions").
var domains = map[string]string{
	"us-east-1":      "mypurecloud.com",
	"us-east-2":      "use2.us-gov-pure.cloud", // FedRAMP
	"us-west-2":      "usw2.pure.cloud",
	"ca-central-1":   "cac1.pure.cloud",
	"eu-west-1":      "mypurecloud.ie",
	"eu-west-2":      "euw2.pure.cloud",
	"eu-central-1":   "mypurecloud.de",
	"eu-central-2":   "euc2.pure.cloud",
	"ap-northeast-1": "mypurecloud.jp",
	"ap-northeast-2": "apne2.pure.cloud",
	"ap-northeast-3": "apne3.pure.cloud",
	"ap-south-1":     "aps1.pure.cloud",
	"ap-southeast-1": "apse1.pure.cloud",
	"ap-southeast-2": "mypurecloud.com.au",
	"eusc-de-east-1": "edee1.eusc-pure.cloud", // EU sovereign
	"sa-east-1":      "sae1.pure.cloud",
	"me-central-1":   "mec1.pure.cloud",
	"mx-central-1":   "mxc1.pure.cloud",
}

// DefaultBasePath is the path below which Genesys Cloud has its public API.
const DefaultBasePath = "/api/v2"

// Hosts says where the API and the login service of an organization are.
type Hosts struct {
	API, Login *url.URL
}

// RegionHosts returns the hosts of a region, which is named by its AWS region or by its domain, in any case.
func RegionHosts(named string) (Hosts, error) {
	region := strings.ToLower(named)
	domain, ok := domains[region]
	if !ok && slices.Contains(slices.Collect(maps.Values(domains)), region) {
		domain, ok = region, true
	}
	if !ok {
		return Hosts{}, fmt.Errorf("region %q is not a region of Genesys Cloud: it should be the AWS region of your organization, one of %s, or its domain, like %s",
			named, strings.Join(slices.Sorted(maps.Keys(domains)), ", "), domains["us-east-1"])
	}
	return Hosts{
		API:   &url.URL{Scheme: "https", Host: "api." + domain},
		Login: &url.URL{Scheme: "https", Host: "login." + domain},
	}, nil
}

// ParseHost reads the address of a host that takes the place of a region's.
func ParseHost(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("address %q is not that of a host: it should be like https://api.mypurecloud.com", redactUser(raw))
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("address %q would send credentials in clear: it should start with https (http is for this machine only)", raw)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// ParseBasePath reads the path below which the endpoints for delivery straight to SQS are.
func ParseBasePath(raw string) (string, error) {
	if u, err := url.Parse(raw); err != nil || u.Host != "" || u.RawQuery != "" || u.Fragment != "" ||
		!strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") || strings.Contains(raw, "..") {
		return "", fmt.Errorf("base path %q should be a path like %s", raw, DefaultBasePath)
	}
	return strings.TrimRight(raw, "/"), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// redactUser cuts what may be a password out of an address.
func redactUser(raw string) string {
	if i := strings.LastIndex(raw, "@"); i >= 0 {
		return "…" + raw[i:]
	}
	return raw
}
