// Package peers carries what the product is compared with: the guide's handler and Powertools, each as it is meant to
// be used, with the exact versions of what they need.
//
// To move the pins: edit package.json and run npm install --package-lock-only --omit-lockfile-registry-resolved beside
// it; edit requirements.in and run pip-compile --generate-hashes beside it.
//
// The files travel inside the bench command, so that installing them writes nothing into the source tree.
package peers

import "embed"

// Node holds the Node peers, their runtime loop and the lock file they are installed from.
//
//go:embed node/package.json node/package-lock.json node/runtime.mjs node/guide.cjs node/powertools.mjs
var Node embed.FS

// Python holds the Python peer and the hashed requirements it is installed from.
//
//go:embed python/requirements.txt python/powertools_handler.py
var Python embed.FS
