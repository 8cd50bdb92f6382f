#!/usr/bin/env bash
# Makes a release of the commit that is checked out, in .local/release: the sources, the function's zips, an SBOM and the
# licences of what is in them, and checksums. The same commit and the same Go toolchain give the same bytes: all of it is made
# from an export of the commit, without times, host names or folders.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${VERSION:-$(git describe --tags --always)}
out=$PWD/.local/release
tree=$out/tree
tool=$PWD/.local/bin/cyclonedx-gomod
rm -rf "$out"
mkdir -p "$tree" .local/bin

git diff --quiet HEAD -- || echo "note: the release has the commit, not what is changed since" >&2
git archive HEAD | tar -x -C "$tree"
git archive --format=tar --prefix="cc-eventbridge-$version/" HEAD | gzip -n -9 >"$out/cc-eventbridge-$version.tar.gz"

(cd local/tools/release && GOWORK=off go build -trimpath -buildvcs=false -o "$tool" github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod)
(cd "$tree/infra" && RELEASE=$out/zips GOWORK=off go test -count=1 -run '^TestReleaseZips$' ./bundle)
for architecture in arm64 x86_64; do
	mv "$out/zips/$architecture/function.zip" "$out/function-$architecture.zip"
	# What the executable itself says it was linked from, with the standard library.
	"$tool" bin -json -std -noserial -notimestamp -output-version 1.6 -version "$version" \
		-output "$out/function-$architecture.cdx.json" "$out/zips/$architecture/bootstrap" 2>"$out/sbom.log" || { cat "$out/sbom.log" >&2; exit 1; }
done
.ci/licences.sh "$out"

rm -rf "$tree" "$out/zips" "$out/sbom.log"
(cd "$out" && sha256sum -- * >SHA256SUMS)
cat "$out/SHA256SUMS"
