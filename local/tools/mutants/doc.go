// Command mutants measures what the tests of the engine's packages notice. Gremlins changes one operator of a package at a
// time and runs the package's own tests: a change that they let pass is a rule that no test holds.
//
//	cd function && ../.local/bin/mutants -gremlins ../.local/bin/gremlins [package...]
//
// A package passes with 92 % of its mutants killed and 95 % covered. A mutant that makes the tests hang until the time is
// up is not killed. One that can't be noticed, because the code does the same with it, may be excused in excuses.txt.
//
// The package must not change meanwhile: gremlins copies it at the start and reads its sources as it comes to them, so that
// mutants of a file that has changed are not viable or not covered.
//
// Gremlins runs no tests for what is in no block of a coverage profile, such as constants and the conditions of cases, and
// takes code that doesn't compile for a failed test. So it gets this program as its go command, which adds those blocks to
// the profile and says with another exit code that the code doesn't compile.
package main
