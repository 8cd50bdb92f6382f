package simulation

import (
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/process"
)

// mutation takes a protection away from the function, at its boundary: its settings, its clients or its response. The
// zero value leaves everything as it is.
type mutation struct {
	settings  func(*process.Config)
	dynamo    func(*world, dedup.API) dedup.API
	sqs       func(*world, process.SQS) process.SQS
	payloads  func(*world, process.Payloads) process.Payloads
	flags     func(process.Flags) process.Flags
	responses func(*invocation, []byte) []byte
	batches   func(*world, []received) []received
}

// batch is the batch as the function gets to see it.
func (m mutation) batch(w *world, batch []received) []received {
	if m.batches == nil {
		return batch
	}
	return m.batches(w, batch)
}

func (m mutation) configure(c *process.Config) {
	if m.settings != nil {
		m.settings(c)
	}
}

func (m mutation) table(w *world, api dedup.API) dedup.API {
	if m.dynamo == nil {
		return api
	}
	return m.dynamo(w, api)
}

func (m mutation) queue(w *world, api process.SQS) process.SQS {
	if m.sqs == nil {
		return api
	}
	return m.sqs(w, api)
}

func (m mutation) bucket(w *world, bucket process.Payloads) process.Payloads {
	if m.payloads == nil {
		return bucket
	}
	return m.payloads(w, bucket)
}

func (m mutation) flagged(flags process.Flags) process.Flags {
	if m.flags == nil {
		return flags
	}
	return m.flags(flags)
}

func (m mutation) answer(i *invocation, response []byte) []byte {
	if m.responses == nil {
		return response
	}
	return m.responses(i, response)
}
