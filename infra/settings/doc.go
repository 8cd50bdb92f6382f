// Package settings has a pipeline's configuration as checked values. Pulumi.yaml declares the keys, their types and defaults;
// this package holds the ranges and the rules between keys, because the declaration can't express them.
//
// Load reads the configuration of a stack. A Go program that has no such configuration starts with Default, sets what it wants
// and hands it to pipeline.New, which calls Check. The rules are the same, and an error names the key of a value: keys.go says
// which field a key is about.
//
// Everything is checked once, before the first resource, and all problems are reported together: an operator who edits a
// stack file gets one list to work through, not one error per run.
package settings
