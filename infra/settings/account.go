package settings

import "fmt"

// unreservedLeast is how many of an account's concurrent executions Lambda keeps for functions that have none set aside
// (Lambda API Reference, PutFunctionConcurrency).
const unreservedLeast = 100

// CheckAccount compares the settings with how many executions the functions of the account may have at a time, all together
// in its region. New accounts may have as few as 10.
func (s Settings) CheckAccount(executions int) (warnings []string, err error) {
	most := max(executions-unreservedLeast, 0)
	if reserved := s.Function.ReservedConcurrency; reserved > most {
		return nil, &Problem{
			Key: "reservedConcurrency", Value: fmt.Sprint(reserved),
			Rule: fmt.Sprintf(reservedTooMany, executions, unreservedLeast, most),
			Fix:  fmt.Sprintf(reservedTooManyFix, reserved+unreservedLeast),
		}
	}
	if concurrency := s.Mapping.MaximumConcurrency; concurrency > executions {
		warnings = append(warnings, fmt.Sprintf(accountThrottles, concurrency, executions, executions))
	}
	return warnings, nil
}
