package settings_test

import (
	"testing"

	"cc-eventbridge/infra/settings"
)

func TestPayloadsOutliveTheirMessages(t *testing.T) {
	for name, test := range map[string]struct {
		set     map[string]string
		days    int
		problem []string
	}{
		"derived from 7 days and twice 14": {days: 36},
		"derived, and part of a day counts as one": {
			set:  map[string]string{"messageRetentionSeconds": "86401", "deadLetterRetentionSeconds": "86401", "maxReceiveCount": "3"},
			days: 5, // 3 days and 3 seconds are 4 days, and one more
		},
		"as long as it must be": {set: map[string]string{"payloadRetentionDays": "36"}, days: 36},
		"longer":                {set: map[string]string{"payloadRetentionDays": "90"}, days: 90},
		"shorter": {
			set:     map[string]string{"payloadRetentionDays": "35"},
			problem: []string{`payloadRetentionDays is "35"`, "redriven", "= 36", "set payloadRetentionDays 0 to derive 36"},
		},
		"shorter than what another key makes of it": {
			set:     map[string]string{"payloadRetentionDays": "36", "messageRetentionSeconds": "691200", "dedupRetentionDays": "14"},
			problem: []string{`payloadRetentionDays is "36"`, "= 37"},
		},
		"for ever": {
			set:     map[string]string{"payloadRetentionDays": "-1"},
			problem: []string{`payloadRetentionDays is "-1"`, "from 0 to 3650"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Load("dev", valid(t, test.set), never)
			wants(t, err, test.problem)
			if err == nil && s.Payloads.RetentionDays != test.days {
				t.Errorf("payloads are kept for %d days, want %d", s.Payloads.RetentionDays, test.days)
			}
		})
	}
}

func TestMemoryHoldsALargePayload(t *testing.T) {
	for name, test := range map[string]struct {
		memory, payload string
		problem         []string
	}{
		"the defaults":                  {"512", "16777216", nil},
		"just enough for the largest":   {"192", "16777216", nil},
		"the smallest of both":          {"128", "262144", nil},
		"just enough for the least":     {"128", "8388608", nil},
		"one byte more than the memory": {"128", "8388609", []string{`functionMemoryMb is "128"`, "= 8388609 that is 129 MB", "set functionMemoryMb 129", "set maximumPayloadBytes 8388608"}},
		"too little for the largest":    {"191", "16777216", []string{`functionMemoryMb is "191"`, "that is 192 MB", "set functionMemoryMb 192"}},
		"a payload below a message":     {"512", "262143", []string{`maximumPayloadBytes is "262143"`, "from 262144 to 16777216"}},
		"a payload above the most":      {"10240", "16777217", []string{`maximumPayloadBytes is "16777217"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := settings.Load("dev", valid(t, map[string]string{"functionMemoryMb": test.memory, "maximumPayloadBytes": test.payload}), never)
			wants(t, err, test.problem)
		})
	}
}
