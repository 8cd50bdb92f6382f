package harness

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"cc-eventbridge/function/internal/bench/peers"
	"cc-eventbridge/function/lambdatest"
)

// nodeMajor is the oldest Node that AWS SDK v3 and Powertools support.
const nodeMajor = 20

// installNode returns how a Node peer is installed: all of them from one lock file, once.
func installNode(module string) func(context.Context, *Workshop) (lambdatest.Command, error) {
	return func(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
		const advice = "install Node.js 20 or newer, which brings npm along (https://nodejs.org, or your package manager)"
		node, err := find("node", advice)
		if err != nil {
			return lambdatest.Command{}, err
		}
		npm, err := find("npm", advice)
		if err != nil {
			return lambdatest.Command{}, err
		}
		version, err := w.run(ctx, w.Dir, nil, node, "--version")
		if err != nil {
			return lambdatest.Command{}, err
		}
		if major, err := majorOf(version); err != nil || major < nodeMajor {
			return lambdatest.Command{}, fmt.Errorf("node is %s, want at least v%d: %s", version, nodeMajor, advice)
		}
		dir := w.path("node")
		digest, err := unpack(peers.Node, "node", dir)
		if err != nil {
			return lambdatest.Command{}, err
		}
		if stamp := digest + " " + version; !installed(dir, stamp) {
			w.Progress("installing the Node peers (npm ci)")
			if _, err := w.run(ctx, dir, nil, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
				return lambdatest.Command{}, err
			}
			if err := markInstalled(dir, stamp); err != nil {
				return lambdatest.Command{}, err
			}
		}
		return lambdatest.Command{Path: node, Args: []string{"runtime.mjs", module}, Dir: dir}, nil
	}
}

// majorOf reads v20.1.2.
func majorOf(version string) (int, error) {
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0, fmt.Errorf("version %q: %w", version, err)
	}
	return n, nil
}
