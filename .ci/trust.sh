#!/usr/bin/env bash
# Says how far a pull request's change may go before somebody has approved it: "config" where only stack files, settings in
# them and documentation change, "code" where anything changes that the cloud preview would run. Reads the changed paths from
# standard input, one a line; FORK=true for a pull request from another repository.
set -euo pipefail

if [ "${FORK:-true}" != false ]; then
	echo code
	exit
fi
trust=config
while IFS= read -r path; do
	case $path in
	Pulumi.yaml) trust=code ;; # it says what is run
	*/*.yaml | */*.yml) trust=code ;;
	Pulumi.*.yaml | docs/*.md | docs/*.svg | *.md)
		case $path in */*/*) trust=code ;; esac ;;
	*) trust=code ;;
	esac
done
echo "$trust"
