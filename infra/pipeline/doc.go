// Package pipeline declares the resources that take Genesys Cloud events from intake to acknowledgement. One file is one
// part: queues, dedup table, payload bucket, flags, downstream secret, function, event source mapping, the alarms that watch
// it all, and the two intakes, which are opened last. What the parts are declared with is in stack.go, the names of resources
// in names.go, and the stack's outputs in outputs.go.
//
// Another Pulumi program of this workspace declares a pipeline, or several, with New:
//
//	sales := settings.Default()
//	sales.Intake.GenesysExternalID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
//	p, err := pipeline.New(ctx, "sales", pipeline.Args{
//		Settings: sales,
//		Builder:  bundle.Go{Source: "../function", Output: "../.local/function"},
//	}, pulumi.Provider(ireland))
package pipeline
