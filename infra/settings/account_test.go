package settings_test

import (
	"strings"
	"testing"

	"cc-eventbridge/infra/settings"
)

func TestTheAccountsLimit(t *testing.T) {
	for name, test := range map[string]struct {
		account, reserved, concurrency int
		warns                          bool
		problem                        string
	}{
		"nothing set aside":                  {account: 1000, reserved: settings.Unreserved, concurrency: 50},
		"as much as AWS lets":                {account: 1000, reserved: 900, concurrency: 50},
		"into the 100 that AWS keeps":        {account: 1000, reserved: 901, concurrency: 50, problem: "at most 900"},
		"a new account":                      {account: 10, reserved: settings.Unreserved, concurrency: 50, warns: true},
		"a new account that is just enough":  {account: 10, reserved: settings.Unreserved, concurrency: 10},
		"something set aside of new account": {account: 10, reserved: 2, concurrency: 2, problem: "at most 0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings.Default()
			s.Function.ReservedConcurrency, s.Mapping.MaximumConcurrency = test.reserved, test.concurrency
			warnings, err := s.CheckAccount(test.account)
			if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
				t.Errorf("err = %v, want one with %q", err, test.problem)
			}
			if (len(warnings) > 0) != test.warns {
				t.Errorf("warnings are %q", warnings)
			}
		})
	}
}
