// Package schema says whether an event's payload has the shape that its topic's JSON Schema describes, and where not.
//
// The registry has the schemas of package schemas, and versions that configuration adds without a new build. A schema is
// compiled when the first event of its topic arrives: a cold start pays for the topics it meets, not for all of them.
//
// # What a schema may use
//
// JSON Schema draft 2020-12, less what could harm or deceive: a keyword that is not in the list (a misspelt one would
// silently allow everything), references to other documents (nothing is ever fetched), references that form a cycle
// (they can make a validator run for ever), anchors and nested $id. Format is an annotation, as the draft has it.
//
// # Why verdicts are remembered, and why that is sound
//
// A topic's payloads differ in their values and hardly ever in their shape. So the payload is first reduced to its
// shape: the same document with "" for every string, 0 for every integer, 0.5 for every other number, true for every
// boolean, and with what cannot matter left out. A number is an integer if its value is, however it is written: 1.0 is.
// The verdict on a shape is kept by a hash of it.
//
// That is sound because it is the shape that is validated, not the payload; and the verdict on the shape is the verdict
// on the payload because the cache is only used for schemas all of whose keywords give the same answer for both:
//
//   - type, required, properties, dependentRequired, dependentSchemas, additionalProperties, patternProperties,
//     minProperties, maxProperties look at names and types, which the shape keeps.
//   - items and contains ask something of every, or of any, element: elements of the same shape get the same answer, so
//     that one of them stands for all. What counts elements or looks at their place is not in the list.
//   - allOf, anyOf, oneOf, not, if, then, else and $ref combine such answers.
//   - In a schema without additionalProperties, patternProperties, minProperties and maxProperties, a member whose name
//     the schema never mentions can't matter, so the shape does not have it. Members that Genesys adds make no new shape.
//
// Any other keyword (enum, minimum, pattern, maxItems, ...) looks at values: a schema with one of them is applied to each
// payload. The hash has 64 bits and a seed of the process, so that nobody can make two shapes collide on purpose.
//
// What it is worth: with each payload given to the library, a record of 2 KB takes 53 instead of 31 µs of CPU in the direct
// envelope and 58 instead of 35 in EventBridge's (median of 9 interleaved runs of
// `go test -run xxx -bench Invoke/.*/100/schemas=warn -cpu 1 ./process` with Check calling validate at once), which is 40 %.
// Check by itself takes 1.3 instead of 50 µs, and 1.0 instead of 28 (`go test -run xxx -bench Check -cpu 1 ./schema`, where
// "uncached" is a schema that looks at values). Below 10 % of a record it should go.
//
// # What comes out
//
// A mismatch has the place in the schema and the keyword, never anything of the payload: the library's own messages hold
// values, and are not passed on. Of several mismatches one is reported, and which one is not defined.
package schema
