// Command policy reviews an edit of a stack before anything is deployed.
//
// `policy graph` writes what a stack declares to graphs/<stack>.json. `policy preview` says what an edit changes against that file,
// in a reviewer's words, and holds it to the policies. Neither needs credentials, internet or the Pulumi CLI: the program runs
// against mocks, and replaces.json says which properties the aws provider can't change in place.
//
// Run by the Pulumi engine (pulumi preview --policy-pack policy), it is a policy pack with the same policies.
package main
