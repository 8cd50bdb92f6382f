// Package plugin is the engine half of a Pulumi provider: what the engine asks of every provider in the same way,
// whatever cloud is behind it. A provider embeds a [Provider], which answers the engine's calls about resources, and
// says what its resource types are by implementing [Resource].
//
// Pulumi's own package of that name is imported as sdk beside this one.
package plugin
