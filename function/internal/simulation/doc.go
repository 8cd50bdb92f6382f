// Package simulation runs the function in small worlds, each with a queue, an event source mapping, Lambda, DynamoDB, a
// payload bucket, flags and a downstream that are models of the real ones, in virtual time, and checks after every step
// that the promises hold:
//
//   - Every message ends in exactly one of: delivered, duplicate, validation queue, dead-letter queue, or dropped where the
//     flags gave its topic up. In worlds without faults it is the one that its event asks for; in the others a healthy
//     event is not dead-lettered without a run unless something stood in the way at every single receive.
//   - No message is made to wait so long that it could expire in the queue before it is dead-lettered. What expires
//     nevertheless has waited in a backlog.
//   - One effective run for each event while its record lives. Another is excused only where nobody could have known
//     better: the downstream call was cut off or failed without saying whether it took effect, the invocation was killed
//     before the completion was due or in the midst of it, or the table did not take it for as long as there was time.
//   - No completed record is overwritten or removed before it expires, and nobody writes to a claim that is not theirs.
//   - No claim is held by an invocation that has answered, unless the table did not let go of it until the end.
//   - A message is acknowledged only when its event's record is completed, it is in the validation queue itself, or
//     its topic is dropped; a response names only messages of its batch.
//   - What an event is wrapped in makes no difference: it is the same event in a notification, compressed or as a claim
//     check. A claim check that can't be read keeps its own message back and none beside it; reads are over after a third
//     of the time for work.
//   - What goes to the validation queue goes there for the right reason: for a claim check, never because S3 has failed.
//   - An event is not run while, as the environment's flags had it when the round began, its topic is paused or
//     dropped, its decoder switched off, or its schema enforced and not met. What is paused is not acknowledged, and waits
//     as long as it should; what is dropped does not come again.
//   - A message whose delivery has failed is not received again before its back-off may end, whatever lease is in the way
//     beside. An event that was claimed, and has fewer receives left than another, is begun first.
//   - At its last receive a message whose event a killed invocation holds waits for the end of that lease, where there is time.
//   - What was quarantined can be replayed: with its attributes, its body by claim check where it is large, and not as a
//     duplicate of itself.
//
// Everything that happens follows from a seed. A decision, such as whether the third write of an invocation to a key is
// throttled, is a hash of the seed and of what it is about, never a draw from a shared stream, so that it does not
// depend on the order in which goroutines run; and every call takes a time of its own, to the nanosecond, so that no two
// take effect at once. A seed that fails is printed, and replayed with a trace by
//
//	SIM_SEED=<seed> go test ./internal/simulation -run 'TestPromises$' -v
//
// A longer run, of as many deliveries as one has patience for, in worlds that no run has seen: make soak, which is
//
//	SIM_FIRST_SEED=2026112500000 SIM_DELIVERIES=5000000 go test ./internal/simulation -run 'TestPromises$' -v -timeout 6h
//
// What shows that the checks can fail are the mutations (mutation_test.go): worlds in which one protection is taken
// away at the boundary, each of which must be caught.
package simulation
