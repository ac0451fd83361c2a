//go:build race

package subtitle

// The race detector has regular expressions take their memory anew each time.
func init() { raced = true }
