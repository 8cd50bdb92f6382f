// Package awsprovider is a stand-in for the published `aws` Pulumi provider (pulumi-aws v6), for machines that
// cannot download it. It talks to an emulator of AWS on a loopback address, and to nothing else.
//
// The rules that the whole package keeps:
//
//   - A resource type is one declarative entry (a [resourceType]: its properties, what replaces it, what its outputs
//     are) and the four calls that create, read, update and delete it. Everything else is generic.
//   - What is not in an entry is refused by name, never ignored: a program that runs here runs with the published plugin.
//   - What the published plugin or AWS refuses is refused here too, in check where it can be known from the inputs,
//     on the call where it depends on other resources (emulators are lenient).
//   - Check, diff and the previews of create and update need no cloud at all.
//   - What the emulator does differently from AWS is in the files quirks*.go and nowhere else.
package awsprovider
