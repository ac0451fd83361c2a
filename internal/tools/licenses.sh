#!/bin/sh
# licenses.sh: the licences of all that `make dist` puts into a binary, to standard output: Go's own, those of the modules
# that are linked in, and those of the player's third-party modules. Run it in the project's folder. It fails where a licence is missing.
set -eu

go=${GO:-go}

# show NAME FILE…: the files, under a heading.
show() {
	name=$1
	shift
	for file in "$@"; do
		printf '==== %s: %s ====\n\n' "$name" "${file##*/}"
		cat "$file"
		printf '\n\n'
	done
}

# texts FOLDER: the files in it that hold terms.
texts() {
	find "$1" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' -o -iname 'patents*' \) | sort
}

# named NAME FOLDER: shows the terms in a folder, which must have a licence.
named() {
	files=$(texts "$2")
	if ! printf '%s\n' "$files" | grep -qiE '/(licen[cs]e|copying)[^/]*$'; then
		echo "licenses.sh: there is no licence in $2 of $1: find its terms, and say here where they are" >&2
		exit 1
	fi
	oldIFS=$IFS
	IFS='
'
	# shellcheck disable=SC2086 # one name a line
	show "$1" $files
	IFS=$oldIFS
}

show vodsrv LICENSE
named "The Go programming language" "$("$go" env GOROOT)"
modules=$(GOOS=linux CGO_ENABLED=0 "$go" list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}	{{.Dir}}{{end}}{{end}}' . | sort -u)
packages=$(GOOS=linux CGO_ENABLED=0 "$go" list -deps -f '{{with .Module}}{{if not .Main}}{{$.Dir}}/{{end}}{{end}}' .)
printf '%s\n' "$modules" | while IFS='	' read -r name folder; do
	named "$name" "$folder"
	# What a module took over from others has its own terms, where that is linked in.
	find "$folder" -mindepth 2 -type f -iname 'licen[cs]e*' | sort | while read -r file; do
		below=${file%/*}
		case $packages in *"$below/"*) show "$name, ${below#"$folder"/}" "$file" ;; esac
	done
done
for folder in public/vendor/*/; do
	named "$(basename "$folder") (in the page)" "$folder"
done
