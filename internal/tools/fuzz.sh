#!/bin/sh
# fuzz.sh TIME: runs each fuzz target of every package for TIME (such as 60s).
set -eu
time=$1
# By default an input that is of interest is minimised for up to a minute, in
# which nothing else is tried.
minimise=20x
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run PACKAGE TARGET. Go sometimes fails a target for no other reason than that
# its time is over; a finding always names its input.
run() {
	echo "== $1 $2"
	if go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime "$minimise" "$1" >"$log" 2>&1; then
		tail -n 3 "$log"
	elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
		echo "no finding until the time was over"
	else
		cat "$log"
		exit 1
	fi
}

for package in $(go list ./...); do
	listed=$(go test -list '^Fuzz' "$package")
	for target in $(echo "$listed" | grep '^Fuzz' || true); do
		run "$package" "$target"
	done
done
