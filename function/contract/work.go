package contract

import "time"

// What one invocation does with its time. The function works by it, and the stack's rules say which settings leave room for it.
const (
	// DeadlineGuard is the time before the invocation's deadline from which on nothing new starts: it is there for writing
	// down what has happened. It leaves time for one throttled and one good round trip each to DynamoDB and SQS.
	DeadlineGuard = 3 * time.Second
	// Deliveries is how many events of a batch are delivered at a time. It suits a downstream that answers in tens of
	// milliseconds: a batch of 100 takes four rounds.
	Deliveries = 32
	// MostDeliveries is how many are where the time would not do otherwise. It delivers a batch of 10,000 to a downstream that
	// answers in two seconds within 120.
	MostDeliveries = 256
	// deliveryMemory is what a delivery and its connection are given, in MB: far more than they were seen to take.
	deliveryMemory = 2
)

// Guard is how much of the time that is left at an invocation's start is kept back. A short one has half of it to work in.
func Guard(guard, left time.Duration) time.Duration { return max(min(guard, left/2), 0) }

// TimeForWork is how long a function with this time-out works on a batch.
func TimeForWork(timeout time.Duration) time.Duration { return timeout - Guard(DeadlineGuard, timeout) }

// DeliveriesWith is how many deliveries of a batch a function with so much memory makes at a time, at most.
func DeliveriesWith(memoryMB int) int {
	return min(max(memoryMB/deliveryMemory, Deliveries), MostDeliveries)
}

// Started is how many deliveries an invocation can start in its time when each takes so long. Their number at a time grows by
// one for each that ends.
func Started(each, timeout time.Duration, memoryMB int) int {
	started, atATime := 0, Deliveries
	for at := time.Duration(0); at < TimeForWork(timeout); at += each {
		started += atATime
		atATime = min(2*atATime, DeliveriesWith(memoryMB))
	}
	return started
}
