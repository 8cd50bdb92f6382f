// Package traffic is what is sent through the embedded cloud: the events, how they are put in, and what became of each.
//
// Messages come from a file, or from a mix that has every kind that the pipeline must cope with. They are put on the queue
// the way Genesys Cloud does: with the credentials of the writer role, assumed with the organization's external id. The
// report is the demo's result, and the proof that nothing was lost and nothing done twice.
package traffic
