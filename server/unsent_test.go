package server

import (
	"testing"
	"time"
)

func TestUnsentQueue(t *testing.T) {
	const piece = 256 << 10
	now := time.Unix(1, 0)
	var q unsentQueue
	// feed sends size bytes over a link of so many bytes a second, and tells how
	// long the queue is then, and how often that changed.
	feed := func(size, speed int64) (limit, changes int) {
		for sent := int64(0); sent < size; sent += piece {
			now = now.Add(time.Duration(float64(piece) / float64(speed) * float64(time.Second)))
			l, changed := q.sent(piece, now)
			if limit = l; changed {
				changes++
			}
		}
		return limit, changes
	}
	for _, step := range []struct {
		name           string
		size, speed    int64
		limit, changes int
	}{
		{"20 Mbit/s", 20 << 20, 20_000_000 / 8, unsentShort, 0},
		{"a loopback", 20 << 20, 1 << 30, unsentLong, 1},
		{"a loopback still", 20 << 20, 1 << 30, unsentLong, 0},
		{"the pacer waits", 8 << 20, 1 << 20, unsentShort, 1},
		{"10 Gbit/s", 20 << 20, 1_250_000_000, unsentLong, 1},
		{"500 Mbit/s", 8 << 20, 62_500_000, unsentShort, 1},
	} {
		if limit, changes := feed(step.size, step.speed); limit != step.limit || changes != step.changes {
			t.Errorf("%s: a queue of %d bytes after %d changes, want %d after %d", step.name, limit, changes, step.limit, step.changes)
		}
	}
}
