// Package safely makes a panic an error of the call in which it happened. An unrecovered panic in any goroutine ends the
// process, and with it every message of every batch that the process is handling.
package safely

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// PanicError is a panic that was recovered.
type PanicError struct {
	// Value names what the panic was called with. It has nothing of a message's contents.
	Value string
	Stack string
}

func (e *PanicError) Error() string { return "panic: " + e.Value }

// Do runs call. If it panics, failed is called with the panic as an error.
func Do(call func(), failed func(err error)) {
	defer func() {
		if value := recover(); value != nil {
			failed(Recovered(value))
		}
	}()
	call()
}

// Go is Do in a goroutine of its own, which group waits for.
func Go(group *sync.WaitGroup, call func(), failed func(err error)) {
	group.Go(func() { Do(call, failed) })
}

// Recovered makes an error of what recover returned. It is to be called where recover was.
func Recovered(value any) *PanicError {
	return &PanicError{Value: describe(value), Stack: string(debug.Stack())}
}

// describe names a panic's value. Only the runtime's own are known to hold nothing of a message's contents.
func describe(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}
