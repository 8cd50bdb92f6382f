// Package lambdatest runs a Lambda function as a process of its own on this machine: it is the Lambda side of the Runtime
// API, which hands the process invocations and times them, and it reads what the process has used.
//
// A [Server] serves one process, one invocation at a time, as Lambda does:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package lambdatest
