#!/usr/bin/env bash
# preview, drift and up of one stack, for any CI: .ci/pulumi.sh preview|drift|up <stack>
#
# PULUMI_BACKEND_URL and credentials come from the environment. What Pulumi prints goes to a file: it has account, ARNs and
# endpoints in it. Standard output gets what may be shown to anyone who reads a pull request: how many resources of which type
# are created, changed, replaced or deleted.
set -euo pipefail
cd "$(dirname "$0")/.."

action=${1:?preview, drift or up} stack=${2:?the name of a stack}
log=.local/pulumi-$action-$stack.json
errors=.local/pulumi-$action-$stack.log
mkdir -p .local

fail() {
	echo "pulumi $action of $stack failed; its output is in $errors, which the log of the job does not show" >&2
	exit 1
}

# summary <file>: from the JSON of a preview, without names and values.
summary() {
	jq -r '[.steps[]? | select(.op != "same" and .op != "read") | {op, type: (.urn | split("::")[2] | split("$") | last)}]
		| if length == 0 then "nothing changes"
		  else group_by([.op, .type])[] | "\(length) x \(.[0].op) \(.[0].type)" end' "$1"
}

case $action in
preview)
	pulumi preview --stack "$stack" --non-interactive --json >"$log" 2>"$errors" || fail
	summary "$log"
	;;
drift)
	# Reads what there is, and says what is not as it was deployed.
	pulumi preview --stack "$stack" --refresh --non-interactive --json >"$log" 2>"$errors" || fail
	summary "$log"
	[ "$(summary "$log")" = "nothing changes" ] || { echo "$stack has drifted: see pulumi preview --refresh --diff" >&2; exit 3; }
	;;
up)
	pulumi up --stack "$stack" --yes --non-interactive --skip-preview=false --suppress-outputs >"$log" 2>"$errors" || fail
	echo "$stack is up to date"
	;;
*)
	echo "unknown action $action: preview, drift or up" >&2
	exit 2
	;;
esac
