package main

import "runtime/debug"

// version is what make dist builds; "" for other builds.
var version string

// versionText says which version this is, as well as is known.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
