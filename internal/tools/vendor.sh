#!/bin/sh
# vendor.sh: brings the player's third-party modules below public/vendor anew, in the versions that
# public/vendor/versions.txt names, by npm. Two of the packages carry no licence file: theirs is kept.
set -eu
cd "$(dirname "$0")/../../public/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unpack() { # unpack NAME: the package's files are then in $work/NAME
	version=$(awk -v name="$1" '$1 == name { print $2 }' versions.txt)
	[ -n "$version" ] || { echo "versions.txt names no version of $1" >&2; exit 1; }
	archive=$(cd "$work" && npm pack --silent "$1@$version")
	mkdir -p "$work/$1" "$1"
	tar -xzf "$work/$archive" -C "$work/$1" --strip-components=1
}

unpack media-chrome
# The source map is not here, and browsers would look for it.
sed '/^\/\/# sourceMappingURL=/d' "$work/media-chrome/dist/iife/all.js" > media-chrome/all.js
cp "$work/media-chrome/LICENSE" media-chrome/LICENSE

unpack custom-media-element
cp "$work/custom-media-element/dist/custom-media-element.js" custom-media-element/

unpack media-tracks
rm -f media-tracks/*.js
cp "$work"/media-tracks/dist/*.js media-tracks/
# What holds nothing but types in the original, or changes classes of the browser, is not loaded here.
rm -f media-tracks/global.js media-tracks/polyfill.js
