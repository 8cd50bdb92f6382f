#!/usr/bin/env bash
# Tests of the scripts that workflows run, with a pulumi that only writes down how it was called.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in git jq; do
	command -v "$program" >/dev/null && continue
	[ "${CI:-}" != true ] || { echo "$program is not installed" >&2; exit 1; }
	echo "SKIPPED, the scripts of the workflows are not tested: $program is not installed"
	exit
done

failed=0
is() { # is <what> <want> <have>
	[ "$2" = "$3" ] && return
	printf '%s is\n%s\nwant\n%s\n' "$1" "$3" "$2" >&2
	failed=1
}
trust() { printf '%s\n' "${@:2}" | FORK=$1 .ci/trust.sh; }

is "a stack file" config "$(trust false Pulumi.prod.yaml docs/faq.md README.md)"
is "a stack file from a fork" code "$(trust true Pulumi.prod.yaml)"
is "a fork that nobody told of" code "$(printf 'README.md\n' | env -u FORK .ci/trust.sh)"
for path in infra/main.go infra/go.mod go.work Pulumi.yaml .github/workflows/preview.yml .ci/pulumi.sh Makefile function/README.md/x.go \
	docs/iam/deployer.json genesys/PulumiPlugin.yaml infra/Pulumi.dev.yaml .github/workflows/x.md/y.yaml; do
	is "$path" code "$(trust false README.md "$path")"
done

# Of actions there are those of this repository and those that are pinned.
unpinned=$(grep -hE '^ *(- )?uses:' .github/workflows/*.yml | grep -vE 'uses: (\./|[a-zA-Z0-9/-]+@[0-9a-f]{40} # v[0-9.]+$)' || true)
is "what is not pinned" "" "$unpinned"
is "where code of strangers would get a token" "" "$(grep -lE '^ *pull_request_target|^on:.*pull_request_target' .github/workflows/*.yml || true)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/pulumi" <<'FAKE'
#!/bin/sh
echo "$*" >>"$FAKE_CALLS"
cat "$FAKE_ANSWER"
echo "https://crm.example/secret-endpoint" >&2
exit "${FAKE_EXIT:-0}"
FAKE
chmod +x "$work/pulumi"
export PATH=$work:$PATH FAKE_CALLS=$work/calls FAKE_ANSWER=$work/answer
cat >"$work/answer" <<'JSON'
{"steps":[
 {"op":"same","urn":"urn:pulumi:t::cc::a$aws:sqs/queue:Queue::dlq"},
 {"op":"update","urn":"urn:pulumi:t::cc::a$aws:sqs/queue:Queue::ingestion","newState":{"inputs":{"url":"https://crm.example/secret-endpoint"}}},
 {"op":"update","urn":"urn:pulumi:t::cc::a$aws:sqs/queue:Queue::validation"},
 {"op":"replace","urn":"urn:pulumi:t::cc::aws:iam/role:Role::writer"}]}
JSON
is "a preview" $'1 x replace aws:iam/role:Role\n2 x update aws:sqs/queue:Queue' "$(.ci/pulumi.sh preview t 2>&1)"
status=0 drift=$(.ci/pulumi.sh drift t 2>"$work/errors") || status=$?
is "the status of a drift" 3 "$status"
is "a drift" $'1 x replace aws:iam/role:Role\n2 x update aws:sqs/queue:Queue' "$drift"
echo '{"steps":[{"op":"same","urn":"urn:pulumi:t::cc::x::y"}]}' >"$work/answer"
is "no drift" "nothing changes" "$(.ci/pulumi.sh drift t 2>&1)"
is "an up" "t is up to date" "$(.ci/pulumi.sh up t 2>&1)"
status=0 failure=$(FAKE_EXIT=255 .ci/pulumi.sh up t 2>&1) || status=$?
is "the status of a failure" 1 "$status"
case $failure in *secret-endpoint*) is "a failure" "no endpoint" "$failure" ;; esac
grep -q -- '--refresh' "$FAKE_CALLS" || is "the drift check" "a refresh" "$(cat "$FAKE_CALLS")"
grep -q '^up --stack t --yes' "$FAKE_CALLS" || is "the up" "up --stack t --yes" "$(cat "$FAKE_CALLS")"

[ "$failed" = 0 ] && echo "the scripts of the workflows do what they say"
exit "$failed"
