// Package flags lets operators change what the function does while it runs: which topics it takes, how strictly it holds
// payloads against their schemas, which envelopes it opens and how much it logs.
//
// # The document
//
// Flags are one JSON object (RFC 8259; UTF-8, no name twice in an object). Every member can be left out:
//
//	{
//	  "logLevel": "debug|info|warn|error",   what is logged; without it, what the function's environment says
//	  "replays":  "deduplicate|again",       an event that an EventBridge archive replays is a duplicate, or handled anew
//	  "loneSurrogates": "quarantine|replace", half of a surrogate pair in a text: quarantined, or delivered as U+FFFD
//	  "decoders": {"sns": false},            envelopes that are not opened; the names are those of Decoders, all default to true
//	  "defaults": {"schema": "enforce|warn|off"},
//	  "topics":   {"<topic>": {"schema": "enforce|warn|off", "version": "1", "state": "active|paused|dropped"}},
//	  "schemas":  {"<topic>": {"<version>": {}}}
//	}
//
// A topic is an event type of the direct envelope, or a detail-type of EventBridge with its literal {id}. "schemas" has JSON
// Schemas beside those that the function was built with. What is left out is as in Default: deduplicate, quarantine, all
// decoders, warn, active, the latest version.
//
// A document is taken as a whole or not at all. An unknown member, a value that is not one of the allowed ones, a schema that
// is not valid, a version that is not there or a topic to enforce that has no schema refuses all of it: half a change is worse
// than none. Parse and schema.json, which AWS AppConfig validates a document with before it deploys it, say the same of every
// document, but for what a schema can't see: how large the document is, a name twice in an object, and what depends on the
// schemas that there are. The stack's program checks all of it at preview, with the function's own code.
//
// # The poller
//
// A Poller holds the flags in effect. Reading them is one atomic load. Asking for new ones goes on beside the work and never
// holds it up:
//
//   - Each invocation pokes the poller when it starts. A poll starts when one is due, and there is only one at a time.
//   - Polls are Interval apart, or what AppConfig asks for, so that a change is in effect within a minute.
//   - A poll that fails leaves the last good flags in effect, and is tried again after 5 s, then 10, 20 and so on up to Interval.
//   - A bad document leaves the last good flags in effect as well. It is logged once and not looked at again.
//   - Lambda freezes the process between invocations. A poll that was caught in a freeze begins anew when the process thaws.
//     Where events are few, an invocation is shorter than a poll: at its end it waits for the poll that it started.
//   - The last good document is kept in a file, because Lambda's /tmp outlives a process that was killed: the next process of
//     the same execution environment begins with what its environment saw last, rather than with the defaults.
package flags
