// Package genesystest is a fake of the Genesys Cloud API for tests and the demo: an http.Handler with OAuth, the
// integrations of the public API, the two endpoints for delivery straight to SQS, the catalogue of topics, rate limits, slow activation, and
// faults, drift and lag on demand.
//
// What it does is what Genesys documents or was seen to do, except where nothing is known. These are the assumptions:
//   - An integration that is enabled without a complete configuration, or with a suffix that another one has, reports
//     ERROR with a message; one that is enabled while it is in ERROR stays there until it was disabled in between.
//   - Its first configuration has version 1 and no properties.
//   - The endpoints for delivery to SQS page, read, replace and delete like the public ones, and report a status.
//   - A destination that a subscription uses can't be deleted (409).
//   - Names need not be unique.
//   - Reads, lists and reported states may lag behind writes (Lag), and optional members may be missing (Omits): CX-as-Code
//     copes with both. Writes are consistent: the version of a configuration is checked against the newest one.
//   - GET /api/v2/organizations/me gives the organization's id.
//
// GET /_state tells what it has, POST /_faults (Fault) makes requests fail, POST /_drift (Drift) changes the state of an
// object as an administrator or an outage would.
package genesystest
