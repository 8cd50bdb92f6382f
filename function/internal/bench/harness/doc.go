// Package harness is the ground on which the compared implementations run: how each is built or installed and launched, the
// batches that all of them are given, and the DynamoDB that answers them. What is measured, and how, is not decided here.
package harness
