package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"cc-eventbridge/function/internal/bench/harness"
)

// List prices in US dollars, us-east-1, on demand, as AWS's pricing pages have them in November 2026.
const (
	dollarsPerGBSecond         = 0.0000133334 // Lambda on arm64, first tier
	dollarsPerMillionRequests  = 0.20         // Lambda
	dollarsPerMillionWriteUnit = 0.625        // DynamoDB
	dollarsPerMillionReadUnit  = 0.125        // DynamoDB
)

// cost is what a million events cost in a case, in dollars. The queue costs all implementations the same and is left out.
type cost struct{ compute, requests, table float64 }

func (c cost) total() float64 { return c.compute + c.requests + c.table }

// cost is by the mean time of a batch, which Lambda bills by the millisecond, begun ones in full.
func (r row) cost() cost {
	batches := 1e6 / float64(r.Batch)
	return cost{
		compute:  batches * (r.MeanMs + billedOver) / 1e3 * harness.GB * dollarsPerGBSecond,
		requests: batches / 1e6 * dollarsPerMillionRequests,
		table:    r.WriteUnitsPerRecord*dollarsPerMillionWriteUnit + r.ReadUnitsPerRecord*dollarsPerMillionReadUnit,
	}
}

// billedOver is how much longer than it takes an invocation is billed for on average, in milliseconds.
const billedOver = 0.5

// printCosts writes what a million events cost, by the rows of a slice: with whole cores Lambda's time is another one.
func (r *report) printCosts(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer out.Flush()
	fmt.Fprintf(out, "\ndollars per million events\tbatch\tcase\tLambda time\tLambda requests\tDynamoDB\ttogether\t\n")
	for _, row := range r.Rows {
		if row.Slice > 0 {
			c := row.cost()
			fmt.Fprintf(out, "%s\t%d\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t\n", r.Titles[row.Impl], row.Batch, row.Case, c.compute, c.requests, c.table, c.total())
		}
	}
}
