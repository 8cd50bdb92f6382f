package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const awaited = "aws.partner/genesys.com/cloud/organization/prod"

func TestTheSourceIsWaitedFor(t *testing.T) {
	missing := errors.New("invoking aws:cloudwatch/getEventSource:getEventSource: no matching partner event source")
	for name, test := range map[string]struct {
		answers []error // the last one stays
		takes   time.Duration
		err     string
	}{
		"there at once":                   {answers: []error{nil}},
		"there after a while":             {answers: []error{missing, missing, missing, nil}, takes: 3 * sourcePoll},
		"never there":                     {answers: []error{missing}, takes: sourceDeadline, err: "account and region"},
		"other names start with this one": {answers: []error{errors.New("multiple event sources matched; use additional constraints")}},
		"not allowed to look":             {answers: []error{missing, errors.New("AccessDeniedException")}, takes: sourcePoll, err: "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := awaitSource(t.Context(), awaited, func(string) error {
					answer := test.answers[0]
					if len(test.answers) > 1 {
						test.answers = test.answers[1:]
					}
					return answer
				})
				if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), awaited)) {
					t.Errorf("error is %v, want one with %q", err, test.err)
				}
				if took := time.Since(start); took != test.takes {
					t.Errorf("it took %v, want %v", took, test.takes)
				}
			})
		})
	}
}

func TestASourceWithoutANameIsNotLookedFor(t *testing.T) {
	err := awaitSource(t.Context(), "", func(string) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "eventSourceName") {
		t.Errorf("error is %v, want one that names the output", err)
	}
}

func TestWaitingForTheSourceCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		err := awaitSource(ctx, awaited, func(string) error { return errors.New("no matching partner event source") })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want that it was cancelled", err)
		}
	})
}
