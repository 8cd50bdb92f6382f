// Package catalogue compares the schemas of events with Genesys Cloud's own catalogue of topics, and writes new versions.
//
// The catalogue comes from Genesys Cloud itself (FromCloud), or from its public SDK for Python as a package archive (FromSDK),
// which needs neither network nor credentials. Both describe an event's body as a tree of members with types; the rest of
// what they say (enumerations, what is required, closed objects) is left out, because Genesys Cloud changes it without notice.
//
// A new version takes over everything that the version before accepts. So it adds members, and types to members, and never
// removes any: what is only in the schema was seen in an event, or is from an older catalogue. An object without members, and
// a list without items, are left open in a schema on purpose; what the catalogue says of their insides is not compared.
package catalogue
