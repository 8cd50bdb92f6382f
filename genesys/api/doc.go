// Package api is the part of the Genesys Cloud REST API that sets up event delivery to AWS: OAuth with client
// credentials, the integrations of the public API, and the two endpoints for delivery straight to SQS.
//
// Its rules:
//   - A request is repeated only where that can't happen twice: when Genesys refused it (401, 429), when it never left
//     this machine, or when its method is idempotent.
//   - A POST whose answer was lost or was a server error ends in an error that MayHaveHappened recognises. Whoever
//     called looks for the result by name before asking again.
//   - Credentials go to the configured hosts only: redirects are not followed, plain HTTP is for loopback addresses.
//   - No error and no log line holds a secret, even where the server repeats it; every error of the API holds its
//     correlation id.
package api
