#!/usr/bin/env bash
# Makes a folder that holds a Debian 12 of its own with nothing installed in it:  tests/package/clean_debian.sh FOLDER
# Needs root. It is made once, from the mirror that this machine's apt uses, and kept.
set -euo pipefail

folder=$1
[ ! -d "$folder" ] || exit 0
read -r mirror release < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    grep -E "^\S+ $(. /etc/os-release && echo "$VERSION_CODENAME")\$")
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
export http_proxy=${http_proxy:-} https_proxy=${https_proxy:-}

# debootstrap mounts /proc in it for a while: whatever happens, it is not left there, and never deleted through.
unfinished=$folder.unfinished
clear_unfinished() {
    umount "$unfinished/proc" "$unfinished/sys" 2>/dev/null || true
    rm -rf --one-file-system "$unfinished"
}
trap clear_unfinished EXIT
clear_unfinished
debootstrap --variant=minbase --include=ca-certificates "$release" "$unfinished" "$mirror"

# What this machine needs to reach its mirror, the other folder needs too.
rm -f "$unfinished/etc/apt/sources.list"
for path in resolv.conf hosts ssl/certs/ca-certificates.crt apt/sources.list apt/sources.list.d apt/apt.conf \
    apt/apt.conf.d; do
    [ ! -e "/etc/$path" ] || cp -rLT "/etc/$path" "$unfinished/etc/$path"
done
mv "$unfinished" "$folder"
