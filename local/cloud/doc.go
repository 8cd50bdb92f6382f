// Package cloud is the embedded cloud: the whole product on one machine, without an account.
//
//   - MiniStack answers the AWS API on a loopback port. It is a witness for calls and their shapes; what it does not check
//     (permissions, quotas, timing) is checked elsewhere.
//   - The real Pulumi CLI deploys the real program on it, with a backend in a folder.
//   - Events are delivered to a downstream that remembers what it received, and answers as an event asks it to.
//   - Genesys Cloud is the fake of its API (genesys/genesystest), and the side of it that publishes to partner event sources.
//
// All of these run in processes of their own, which may outlive the program that starts them. The tools that they need are
// built or installed inside the checkout, once.
package cloud
