package server

import (
	"fmt"
	"strings"
	"testing"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{}, "film.mp4")
	for _, want := range []string{"vodsrv_viewers 0\n", `vodsrv_sent_bytes_total{over="ws"} 0`, "go_goroutines ", "process_resident_memory_bytes "} {
		if _, body := s.get("GET", "/metrics"); !strings.Contains(body, want) {
			t.Errorf("at the start there is no %q", want)
		}
	}
	c := s.open("/ws/film.mp4?paused=1")
	c.until("data")
	if _, body := s.get("GET", "/metrics"); !strings.Contains(body, "vodsrv_viewers 1\n") {
		t.Error("a viewer is not counted")
	}
	c.say(`{"type":"seek","req":1,"time":20}`)
	c.until("epoch")
	c.say(`{"type":"play","rate":16}`)
	c.until("end")
	c.send(0x88, []byte{0x03, 0xe8})
	c.untilClose()
	none := s.open("/ws/none.mp4")
	none.untilClose()
	none.send(0x88, []byte{0x03, 0xf0})
	s.get("GET", "/media/none.mp4")
	s.awaitViewers(0, 0)
	again := s.open("/ws/film.mp4?rate=16")
	film := again.whole()
	again.send(0x88, []byte{0x03, 0xe8})
	s.awaitViewers(0, 0)
	_, body := s.get("GET", "/metrics")
	for _, want := range []string{
		"vodsrv_viewers 0\n", "vodsrv_visits_total 2\n", "vodsrv_seeks_total 1\n", `vodsrv_errors_total{code="not_found"} 2`,
		"vodsrv_index_seconds_count 1\n", `vodsrv_cache_hits_total{cache="film"} 1`, "vodsrv_slow_readers_dropped_total 0\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("in the end there is no %q", want)
		}
	}
	var bytes float64
	for line := range strings.Lines(body) {
		if _, err := fmt.Sscanf(line, `vodsrv_sent_bytes_total{over="ws"} %g`, &bytes); err == nil {
			break
		}
	}
	if bytes < float64(len(film)) || bytes > 3*float64(len(film)) {
		t.Errorf("%v bytes were sent, of which one viewer got %d", bytes, len(film))
	}
}
