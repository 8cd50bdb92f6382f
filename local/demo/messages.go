package demo

import "cc-eventbridge/local/traffic"

// seed makes every demo send the same messages.
const seed = 1

// messages are what to send, by the intake that it comes over.
type messages struct {
	// direct goes to the queue as it is.
	direct []traffic.Message
	// published goes over the bus, in the EventBridge envelope; id and time are EventBridge's.
	published []string
	// objects are what claim checks point to.
	objects []traffic.Object
	// expected is what must become of them; nil where that is not known.
	expected *traffic.Expected
}

// fromFile returns what a file has. Its bodies go to the queue as they are, whatever they are.
func fromFile(file string, leftOut func(reason string)) (messages, error) {
	list, err := traffic.ReadFile(file, leftOut)
	return messages{direct: list}, err
}

// builtIn returns the built-in mix, whose claim checks point to payloads.
func builtIn(payloads traffic.Payloads) messages {
	mix := traffic.NewMix(seed, payloads)
	m := messages{objects: mix.Objects, expected: &mix.Expected}
	for _, message := range mix.Messages {
		if _, ok := traffic.Publication(message.Body); ok {
			m.published = append(m.published, message.Body)
		} else {
			m.direct = append(m.direct, message)
		}
	}
	return m
}
