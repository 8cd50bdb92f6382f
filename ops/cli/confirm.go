package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
)

var errDeclined = errors.New("nothing was done: the answer was not yes")

// confirm asks before something is sent or deleted. The question says what and how much.
func (a *app) confirm(ctx context.Context, question string) error {
	if a.yes {
		return nil
	}
	if !a.Terminal {
		return usagef("this would ask %q, and there is no terminal to answer: "+
			"add --yes to do it, or --dry-run to see what it would do", question)
	}
	fmt.Fprint(a.Err, question, " [y/N] ")
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.In).ReadString('\n') // no answer is no
		answers <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.Err)
		return errors.New("interrupted before anything was done")
	case answer := <-answers:
		if answer != "y" && answer != "yes" {
			return errDeclined
		}
		return nil
	}
}
