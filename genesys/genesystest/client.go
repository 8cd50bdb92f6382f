package genesystest

import "net/url"

// Credentials and organization that tests use.
const (
	OrganizationID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	ClientID       = "0b8f6c1e-client"
	ClientSecret   = "s3cr3t/of+the=client&"
)

// Defaults are options with the credentials that tests use.
func Defaults() Options {
	return Options{OrganizationID: OrganizationID, ClientID: ClientID, ClientSecret: ClientSecret}
}

// Host is an address for tests whose transport is a Transport.
func Host() *url.URL { return &url.URL{Scheme: "http", Host: "127.0.0.1:1"} }
