// Package awsprovider is a stand-in for the published `aws` Pulumi provider (pulumi-aws v6), for machines that
// cannot download it. It talks to an emulator of AWS on a loopback address, and to nothing else.
//
// The rules that the whole package keeps:
//
//   - A resource type is one entry (a [resourceType]): its properties, and the calls of AWS that create, read, change and
//     delete it. Everything else is generic: requests and answers are converted by the names of their fields. One file
//     per service.
//   - What is not in an entry is refused by name, never ignored: a program that runs here runs with the published plugin.
//   - What the published plugin or AWS refuses and the program's settings do not bound is refused here too, in check where
//     it can be known from the inputs, on the call where it depends on other resources (emulators are lenient).
//   - The witness is the released provider (make witness): it takes what the program declares, and calls the same changes
//     the same.
//   - Check, diff and the previews of create and update need no cloud at all.
//   - What the emulator does differently from AWS is in quirks.go and nowhere else.
package awsprovider
