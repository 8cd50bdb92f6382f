package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings"
)

func TestSubscriptions(t *testing.T) {
	const key = "https://chat.example/hooks/not-to-be-shown"
	for name, test := range map[string]struct {
		value string
		want  string // of the error; none where it is empty
	}{
		"one of each": {value: `[{"name":"oncall","mail":"a@example.com"},{"name":"chat","https":"` + key + `"},` +
			`{"name":"q","queue":"arn:aws:sqs:us-east-1:123456789012:tickets"},` +
			`{"name":"f","function":"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:page:live"}]`},
		"nobody":                      {value: `[]`},
		"no list":                     {value: key, want: `alarmSubscriptions is "set": it must be a list of objects`},
		"a list of addresses":         {value: `["` + key + `"]`, want: "a name and one of mail, https, queue and function"},
		"an unknown member":           {value: `[{"name":"a","slack":"` + key + `"}]`, want: "one of mail, https, queue and function"},
		"two endpoints":               {value: `[{"name":"a","https":"` + key + `","mail":"a@example.com"}]`, want: "one of mail, https, queue and function"},
		"no endpoint":                 {value: `[{"name":"a"}]`, want: `alarmSubscriptions[0] is "a": it needs one of`},
		"no name":                     {value: `[{"https":"` + key + `"}]`, want: "alarmSubscriptions[0].name is not set"},
		"a name that no resource has": {value: `[{"name":"On call","https":"` + key + `"}]`, want: `alarmSubscriptions[0].name is "On call"`},
		"a name twice":                {value: `[{"name":"a","https":"` + key + `"},{"name":"a","mail":"a@example.com"}]`, want: `alarmSubscriptions[1].name is "a"`},
		"an address with a name":      {value: `[{"name":"a","mail":"On call <a@example.com>"}]`, want: "mail must be an address"},
		"plain http":                  {value: `[{"name":"a","https":"http://chat.example/hooks/not-to-be-shown"}]`, want: "must be a URL that begins with https://"},
		"a FIFO queue":                {value: `[{"name":"a","queue":"arn:aws:sqs:us-east-1:123456789012:tickets.fifo"}]`, want: "SNS sends alarms to no FIFO queue"},
		"a queue's URL":               {value: `[{"name":"a","queue":"https://sqs.us-east-1.amazonaws.com/123456789012/tickets"}]`, want: "queue must be the ARN"},
		"a queue as a function":       {value: `[{"name":"a","function":"arn:aws:sqs:us-east-1:123456789012:tickets"}]`, want: "function must be the ARN"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, encrypted := range []bool{false, true} {
				s, err := settings.Load("dev", valid(t, map[string]string{"alarmSubscriptions": test.value}),
					func(key string) bool { return encrypted && key == "alarmSubscriptions" })
				text := fmt.Sprint(err)
				if test.want == "" && err != nil || !strings.Contains(text, test.want) || test.want != "" && err == nil {
					t.Errorf("err = %v, want %q", err, test.want)
				}
				warnings := strings.Join(s.Warnings(), "\n")
				if strings.Contains(text+warnings, "not-to-be-shown") || strings.Contains(text+warnings, "a@example.com") {
					t.Errorf("an endpoint is shown in %q or %q", text, warnings)
				}
				if got := strings.Contains(warnings, `the https address of "chat" is in clear`); got != (name == "one of each" && !encrypted) {
					t.Errorf("warnings are %q", warnings)
				}
			}
		})
	}
}

func TestProtectedStacksTellSomeone(t *testing.T) {
	for value, want := range map[string]bool{`[]`: true, `[{"name":"oncall","mail":"a@example.com"}]`: false} {
		s, err := settings.Load("prod", valid(t, map[string]string{"protectData": "true", "alarmSubscriptions": value}), never)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(s.Warnings(), "\n"), "alarms of this protected stack reach nobody"); got != want {
			t.Errorf("with %s it is warned: %v, want %v", value, got, want)
		}
	}
}
