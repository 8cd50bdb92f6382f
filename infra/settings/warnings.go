package settings

// warnings are about what is allowed and takes no effect, or lets nothing in.
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
	return list
}
