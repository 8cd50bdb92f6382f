//go:build race

package simulation

const underRaceDetector = true
