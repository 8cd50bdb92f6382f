package api

// The environment variables of Genesys's own tools.
const (
	RegionVariable       = "GENESYSCLOUD_REGION"
	ClientIDVariable     = "GENESYSCLOUD_OAUTHCLIENT_ID"
	ClientSecretVariable = "GENESYSCLOUD_OAUTHCLIENT_SECRET" // a name
)
