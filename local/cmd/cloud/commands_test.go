package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/local/cloud"
)

var (
	continued = regexp.MustCompile(`\\\n\s*`)
	inText    = regexp.MustCompile("`(aws [a-z0-9]+ [^`…]*)`")
	inBlock   = regexp.MustCompile(`(?m)^\s*(?:[A-Z]+=\$\()?(aws [a-z0-9]+ [^\n…]*)$`)
)

// awsCommands are the commands of the AWS CLI that a page has, in blocks and in running text.
func awsCommands(text string) []string {
	text = continued.ReplaceAllString(text, " ")
	var commands []string
	for _, pattern := range []*regexp.Regexp{inText, inBlock} {
		for _, match := range pattern.FindAllStringSubmatch(text, -1) {
			command := strings.ReplaceAll(match[1], "\n", " ")
			// Of VERSION=$(aws …) the end is the assignment's.
			if strings.Count(command, "(") < strings.Count(command, ")") {
				command = strings.TrimSuffix(command, ")")
			}
			commands = append(commands, command)
		}
	}
	return commands
}

// TestAWSCommandsAreThoseOfTheirServices checks each against the model of its service, which botocore has: the emulator's
// virtual environment brings it along.
func TestAWSCommandsAreThoseOfTheirServices(t *testing.T) {
	if testing.Short() {
		t.Skip("installs the emulator's tools")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	w, err := cloud.FindWorkspace(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	python := w.Path("venv", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		if _, err := cloud.EnsureTools(ctx, w, true); err != nil {
			t.Fatal(err)
		}
	}
	var commands []string
	for _, text := range pages(t) {
		commands = append(commands, awsCommands(text)...)
	}
	if len(commands) < 60 {
		t.Errorf("only %d commands were found", len(commands))
	}
	if wrong := checkCommands(ctx, t, python, commands); wrong != "" {
		t.Errorf("of %d commands these are wrong:\n%s", len(commands), wrong)
	}
	for _, wrong := range []string{
		"aws sqsx send-message --queue-url u --message-body b", "aws sqs send-mesage --queue-url u", "aws sqs send-message --queue-url u",
		"aws sqs send-message --queue u --message-body b", "aws logs tail group --from 1h",
	} {
		if checkCommands(ctx, t, python, []string{wrong}) == "" {
			t.Errorf("%s is taken for right", wrong)
		}
	}
}

func checkCommands(ctx context.Context, t *testing.T, python string, commands []string) string {
	t.Helper()
	command := exec.CommandContext(ctx, python, "commands.py")
	command.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("commands.py: %v", err)
	}
	return string(out)
}
