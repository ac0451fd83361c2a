package server

import (
	"runtime"
	"testing"
)

// raced tells whether the race detector is at work.
var raced bool

// A viewer who watches and reports has two stacks of 4 KiB at most. Not
// parallel: it counts.
func TestMemoryOfViewers(t *testing.T) {
	if raced {
		t.Skip("make unit runs it without the race detector, with which stacks are larger")
	}
	const viewers, most = 200, 10 << 10
	s := serveFolder(t, Config{}, "film.mp4")
	watch := func() {
		c := s.open("/ws/film.mp4")
		for c.until("data").Kind != "media" {
		}
		c.say(`{"type":"report","epoch":0,"time":0.125,"buffered":1.875,"bytes":65536}`)
		c.send(0x89, nil)
		for c.must().pong == nil { // which comes when the report was taken in
		}
	}
	watch()
	runtime.GC() // frees the stacks of what has ended
	before := stacks()
	for range viewers {
		watch()
	}
	if each := (stacks() - before) / viewers; each > most {
		t.Errorf("each viewer has %d bytes of stack", each)
	}
}

// stacks is how many bytes all stacks take.
func stacks() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.StackInuse)
}
