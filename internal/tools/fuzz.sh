#!/bin/sh
# fuzz.sh TIME: runs each fuzz target of every package for TIME (such as 60s).
set -eu
time=$1
# By default an input that is of interest is minimised for up to a minute, in
# which nothing else is tried.
minimise=20x
for package in $(go list ./...); do
	listed=$(go test -list '^Fuzz' "$package")
	for target in $(echo "$listed" | grep '^Fuzz' || true); do
		echo "== $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime "$minimise" "$package"
	done
done
