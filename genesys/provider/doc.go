// Package provider is the Pulumi provider for the Genesys Cloud side of event delivery. schema.json says which
// properties there are; one file a resource says what they mean to Genesys Cloud; the rest is the same for all.
//
// A resource's desired status is one of its inputs, though no program sets it: Check adds it. That way an integration
// that was switched off or has failed shows as drift like any other property (status: "ERROR" => "ACTIVE"), and the
// next update repairs it.
package provider
