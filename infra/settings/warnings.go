package settings

import (
	"fmt"
	"strings"
)

// watchedMinutes is how long it takes until bad flags show in the alarm that takes them back: the function asks for flags once
// a minute, and its metrics are some minutes late.
const watchedMinutes = 5

// Warnings are about what is allowed and probably not meant: what takes no effect, lets nothing in, or keeps events from being
// handled.
func (s Settings) Warnings() []string {
	in := s.Intake
	var list []string
	warn := func(when bool, text string) {
		if when {
			list = append(list, text)
		}
	}
	warn(!in.Direct && !in.EventBridge(), noIntake)
	warn(!s.Roles.pathIsConfirmed(), fmt.Sprintf(pathUnconfirmed, shownPath(s.Roles.Path), s.writerMoves()))
	warn(len(in.Topics) > 0 && !in.EventBridge(), topicsUnused)
	warn(len(s.Genesys.EventTypes) > 0 && (!s.Genesys.Register || !in.Direct), eventTypesUnused)
	warn(s.Silence.Hours != nil && s.Silence.Minutes == 0, silenceHoursUnused)
	warn(s.DownstreamURL == "" && len(s.Routes) == 0, fmt.Sprintf(onlyLoggedHere, s.DedupRetentionDays))
	warn(!s.Mapping.Enabled, fmt.Sprintf(nothingConsumes, s.Queue.MessageRetentionSeconds))
	warn(s.Queue.MaxReceiveCount == 1, oneTry)
	list = append(list, s.roomWarnings()...)
	list = append(list, s.subscriptionWarnings()...)
	rollout := s.Flags.DeploymentMinutes + s.Flags.BakeMinutes
	warn(canonicalFlags(s.Flags.Document) != "{}" && rollout < watchedMinutes,
		fmt.Sprintf(flagsUnwatched, rollout, watchedMinutes))
	flag := func(names []string, text string) {
		warn(len(names) > 0, text+" "+strings.Join(names, ", "))
	}
	paused, dropped, closed := outOfService(s.Flags.Document)
	flag(paused, topicsPaused)
	flag(dropped, topicsDropped)
	flag(closed, decodersClosed)
	return append(list, s.unknownTopics()...)
}
