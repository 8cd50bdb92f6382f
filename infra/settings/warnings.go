package settings

import (
	"fmt"
	"strings"
)

// watchedMinutes is how long it takes until bad flags show in the alarm that takes them back: the function asks for flags once a
// minute, and its metrics are some minutes late.
const watchedMinutes = 5

// warnings are about what is allowed and takes no effect, lets nothing in, or keeps events from being handled.
func warnings(s Settings) []string {
	in := s.Intake
	var list []string
	warn := func(when bool, text string) {
		if when {
			list = append(list, text)
		}
	}
	warn(!in.Direct && !in.EventBridge(),
		"both intakes are off: Genesys Cloud has no way to put events on the ingestion queue. Set directIntake true, eventBridgeSource or eventBridgeSuffix.")
	warn(len(in.Topics) > 0 && !in.EventBridge(),
		"topics has no effect: it filters what comes in over EventBridge, and neither eventBridgeSource nor eventBridgeSuffix is set.")
	warn(len(s.Genesys.EventTypes) > 0 && (!s.Genesys.Register || !in.Direct),
		"directEventTypes has no effect: it takes directIntake and registerWithGenesys to subscribe to events.")
	warn(s.Silence.Hours != nil && s.Silence.Minutes == 0,
		"silenceHours has no effect: silenceMinutes is 0, so silence raises no alarm.")
	rollout := s.Flags.DeploymentMinutes + s.Flags.BakeMinutes
	warn(s.Flags.Document != "{}" && rollout < watchedMinutes,
		fmt.Sprintf("flags are watched for flagsDeploymentMinutes + flagsBakeMinutes = %d minutes: bad ones show in the alarm that takes them back after up to %d.", rollout, watchedMinutes))
	flag := func(names []string, text string) {
		warn(len(names) > 0, "flags "+text+" "+strings.Join(names, ", "))
	}
	flag(s.Flags.Paused, "pause topics, whose events wait in the ingestion queue, and end in its dead-letter queue when that takes too long:")
	flag(s.Flags.Dropped, "drop topics, whose events are acknowledged and go nowhere:")
	flag(s.Flags.Closed, "switch off decoders, and what only they can read goes to the validation queue:")
	return list
}
