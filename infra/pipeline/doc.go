// Package pipeline declares the resources that take Genesys Cloud events from intake to acknowledgement.
//
// New in pipeline.go is the way of an event from the queues on. One file is one part: queues, dedup table, payload bucket,
// flags, downstream secret, function, event source mapping, the alarms that watch it all, and the two intakes, which are opened
// last. What all parts are declared with is in stack.go, the names of resources in names.go, what alarms say in texts.go, and the
// stack's outputs in outputs.go.
//
// Besides this project's program, any Pulumi program in Go that is part of this workspace (go.work) can declare a pipeline, or
// several. The modules are not published.
package pipeline
