// Package schemas holds the JSON Schemas of the events that are known, one file per topic and version:
//
//	schemas/<topic>/<version>.json
//
// The topic is what an event says it is: event.type of the direct envelope (telephony.call.created), detail-type of the
// EventBridge envelope with its literal {id} (v2.users.{id}.presence). What a schema describes is the event's payload:
// event.data of the direct envelope, the whole detail (topicName, version, eventBody, metadata, timestamp) of the other.
//
// Rules for a schema (tests of package schema hold them):
//   - Draft 2020-12, with the keywords that package schema allows. Only keywords that look at names, types and nesting:
//     a verdict on such a schema costs about a microsecond, any other is worked out anew for every event.
//   - It says what consumers need and tolerates everything else: Genesys adds members without notice, leaves optional
//     ones out, and sends null, {} and [] where a value is not known. So additionalProperties stays open, nearly nothing
//     is required, and what is optional may be null.
//   - What is required is what tells whom the event is about: conversationId where the body has it, topicName where the
//     id is nowhere else.
//   - Null is allowed with a list of types rather than with anyOf: a mismatch then names the member.
//   - A file that has been released does not change. What Genesys changes is a new version beside it.
//
// Names and types are those of the public SDK's models of the notification topics and of captured events. Of the direct
// envelope's types no source says more than that data has an id; their other members here are those seen in practice.
package schemas

import "embed"

// Files has the schemas, by topic and version.
//
//go:embed */*.json
var Files embed.FS
