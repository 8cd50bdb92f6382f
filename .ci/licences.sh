#!/usr/bin/env bash
# Fails on a dependency of the function or of the Pulumi program whose licence is not among those that the project allows, or
# that has none that is known. Writes the lists, a line a dependency with name, version and licence, into a folder:
# .ci/licences.sh [folder], .local/licences without one.
set -euo pipefail
cd "$(dirname "$0")/.."

allowed=${ALLOWED:-MIT BSD-2-Clause BSD-3-Clause Apache-2.0 ISC MPL-2.0}
tool=$PWD/.local/bin/go-licenses
out=${1:-.local/licences}
mkdir -p .local/bin "$out"
out=$(realpath "$out")
template=$(mktemp)
trap 'rm -f "$template"' EXIT
printf '{{range .}}{{.Name}} {{.Version}} {{.LicenseName}}\n{{end}}' >"$template"

# Without GOROOT the tool takes every package for one of the standard library, and reports none.
GOROOT=$(go env GOROOT)
export GOROOT

(cd local/tools/release && GOWORK=off go build -o "$tool" github.com/google/go-licenses)

# list <name> <module> <package>. The tool's --ignore would leave out the dependencies of what it ignores as well, so the project's
# own packages are taken out here. Its warnings are about assembly and about addresses of licences, which the lists don't have.
list() {
	(cd "$2" && GOWORK=off GOOS=linux CGO_ENABLED=0 GOFLAGS='' "$tool" report --template "$template" "$3") 2>".local/licences-$1.log" |
		sed '/^cc-eventbridge\//d' | sort >"$out/licences-$1.txt" || { cat ".local/licences-$1.log" >&2; return 1; }
	awk -v allowed="$allowed" -v of="$1" '
		BEGIN { count = split(allowed, list, " "); for (i = 1; i <= count; i++) ok[list[i]] = 1 }
		!ok[$3] { print of ": " $1 " " $2 " has the licence " $3 ", which is not allowed"; bad = 1 }
		END {
			if (NR == 0) { print of ": no dependency was found"; bad = 1 }
			if (!bad) print of ": " NR " dependencies, all with a licence that is allowed"
			exit bad
		}' "$out/licences-$1.txt"
}

list function function ./cmd/processor
list infra infra .
