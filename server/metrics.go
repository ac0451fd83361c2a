package server

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vodsrv/server/library"
	"vodsrv/server/live"
	"vodsrv/server/stream"
)

// metrics are what /metrics tells of the server. Names end in their unit.
type metrics struct {
	registry *prometheus.Registry

	visits      prometheus.Counter
	bytes       *prometheus.CounterVec // by the way they went
	bytesOverWS prometheus.Counter     // one of them
	fragments   prometheus.Counter
	seeks       prometheus.Counter
	starvations prometheus.Counter
	slow        prometheus.Counter
	errors      *prometheus.CounterVec // by code
	requests    prometheus.Histogram
	uploads     *prometheus.CounterVec // by what became of them
	uploaded    prometheus.Counter
}

func newMetrics(viewers func() int, c Config) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "vodsrv", Name: name, Help: help})
	}
	counters := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "vodsrv", Name: name, Help: help}, []string{label})
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		visits:      counter("visits_total", "Viewers that began to watch a film."),
		bytes:       counters("sent_bytes_total", "Bytes of films sent over WebSockets (ws), and of all answers over HTTP (http).", "over"),
		fragments:   counter("fragments_sent_total", "Media segments sent whole over WebSockets."),
		seeks:       counter("seeks_total", "Seeks of viewers."),
		starvations: counter("starvations_total", "Times that a playing viewer reported an empty buffer before the end."),
		slow:        counter("slow_readers_dropped_total", "Viewers dropped since they took nothing for too long."),
		errors:      counters("errors_total", "Errors told to clients.", "code"),
		uploads:     counters("uploads_total", "Uploads that were begun, finished, refused for what is in them, given up, or expired.", "state"),
		uploaded:    counter("uploaded_bytes_total", "Bytes of uploads taken in."),
		requests: prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "vodsrv", Name: "request_seconds",
			Help: "Time to answer an HTTP request.", Buckets: []float64{.001, .01, .1, 1, 10, 100}}),
	}
	m.registry.MustRegister(m.visits, m.bytes, m.fragments, m.seeks, m.starvations, m.slow, m.errors, m.requests, m.uploads, m.uploaded,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "vodsrv", Name: "viewers", Help: "Viewers there are."},
			func() float64 { return float64(viewers()) }),
		libraryStats{c.Library}, relayStats(c.Live), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(c.Metrics...)
	m.bytesOverWS = m.bytes.WithLabelValues("ws")
	m.bytes.WithLabelValues("http") // there from the start, as zero
	return m
}

// handler answers /metrics.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// events adds what a session saw.
func (m *metrics) events(e stream.Events) {
	m.seeks.Add(float64(e.Seeks))
	m.starvations.Add(float64(e.Starvations))
	for _, code := range e.Errors {
		m.errors.WithLabelValues(string(code)).Inc()
	}
}

// sent counts a step that went out over a WebSocket.
func (m *metrics) sent(step stream.Step) {
	m.bytesOverWS.Add(float64(step.Size))
	if step.Final {
		m.fragments.Inc()
	}
}

type metricsKey struct{}

// metered counts requests, and the errors that are told in answer to them.
func (m *metrics) metered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), metricsKey{}, m)))
		m.requests.Observe(time.Since(began).Seconds())
	})
}

// countError counts an error that the request is answered with.
func countError(r *http.Request, code stream.Code) {
	if m, ok := r.Context().Value(metricsKey{}).(*metrics); ok {
		m.errors.WithLabelValues(string(code)).Inc()
	}
}

// countBytes counts what the request was answered with.
func countBytes(r *http.Request, bytes int64) {
	if m, ok := r.Context().Value(metricsKey{}).(*metrics); ok {
		m.bytes.WithLabelValues("http").Add(float64(bytes))
	}
}

// libraryStats collects what the library counts itself.
type libraryStats struct{ films *library.Library }

var (
	indexSeconds = prometheus.NewDesc("vodsrv_index_seconds", "Time to index a file.", nil, nil)
	cacheHits    = prometheus.NewDesc("vodsrv_cache_hits_total", "Films, and segments of them, that were in memory when they were asked for.", []string{"cache"}, nil)
	cacheMisses  = prometheus.NewDesc("vodsrv_cache_misses_total", "Films, and segments of them, that had to be made.", []string{"cache"}, nil)
	cacheBytes   = prometheus.NewDesc("vodsrv_cache_bytes", "Memory in use for films and segments, roughly.", []string{"cache"}, nil)
)

func (s libraryStats) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{indexSeconds, cacheHits, cacheMisses, cacheBytes} {
		to <- d
	}
}

func (s libraryStats) Collect(to chan<- prometheus.Metric) {
	stats := s.films.Stats()
	to <- prometheus.MustNewConstSummary(indexSeconds, stats.Indexed, stats.IndexTime.Seconds(), nil)
	for name, c := range map[string]library.CacheStats{"film": stats.Films, "segment": stats.Segments} {
		to <- prometheus.MustNewConstMetric(cacheHits, prometheus.CounterValue, float64(c.Hits), name)
		to <- prometheus.MustNewConstMetric(cacheMisses, prometheus.CounterValue, float64(c.Misses), name)
		to <- prometheus.MustNewConstMetric(cacheBytes, prometheus.GaugeValue, float64(c.Bytes), name)
	}
}

// relayStats collects what live streams count themselves.
type relayStats []*live.Stream

var (
	liveViewers = prometheus.NewDesc("vodsrv_live_viewers", "Viewers of a live stream.", []string{"stream"}, nil)
	livePlaying = prometheus.NewDesc("vodsrv_live_playing", "Whether a live stream comes in: 1 or 0.", []string{"stream"}, nil)
	livePulls   = prometheus.NewDesc("vodsrv_live_pulls_total", "Times that the source of a live stream was asked.", []string{"stream"}, nil)
	liveFile    = prometheus.NewDesc("vodsrv_live_recording", "Whether a live stream is being recorded: 1 or 0.", []string{"stream"}, nil)
	liveWritten = prometheus.NewDesc("vodsrv_live_recorded_bytes_total", "Bytes of a live stream written to files.", []string{"stream"}, nil)
	liveErrors  = prometheus.NewDesc("vodsrv_live_recording_errors_total", "Times that recording a live stream stopped since something went wrong.", []string{"stream"}, nil)
	liveDropped = prometheus.NewDesc("vodsrv_live_recording_dropped_total", "Fragments of a live stream not recorded since the disk was too slow.", []string{"stream"}, nil)
	liveBytes   = prometheus.NewDesc("vodsrv_live_window_bytes", "Memory in use for the newest part of a live stream, roughly.", []string{"stream"}, nil)
)

func (s relayStats) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{liveViewers, livePlaying, livePulls, liveBytes, liveFile, liveWritten, liveErrors, liveDropped} {
		to <- d
	}
}

func (s relayStats) Collect(to chan<- prometheus.Metric) {
	for _, r := range s {
		status, playing := r.Status(), 0.0
		if status.State == live.Playing {
			playing = 1
		}
		to <- prometheus.MustNewConstMetric(liveViewers, prometheus.GaugeValue, float64(status.Viewers), status.Name)
		to <- prometheus.MustNewConstMetric(livePlaying, prometheus.GaugeValue, playing, status.Name)
		to <- prometheus.MustNewConstMetric(livePulls, prometheus.CounterValue, float64(r.Pulls()), status.Name)
		to <- prometheus.MustNewConstMetric(liveBytes, prometheus.GaugeValue, float64(r.Size()), status.Name)
		if status.Recording != nil {
			collectRecording(to, status.Name, status.Recording)
		}
	}
}

func collectRecording(to chan<- prometheus.Metric, name string, r *live.Recording) {
	now := 0.0
	if r.Path != "" {
		now = 1
	}
	to <- prometheus.MustNewConstMetric(liveFile, prometheus.GaugeValue, now, name)
	to <- prometheus.MustNewConstMetric(liveWritten, prometheus.CounterValue, float64(r.Bytes), name)
	to <- prometheus.MustNewConstMetric(liveErrors, prometheus.CounterValue, float64(r.Errors), name)
	to <- prometheus.MustNewConstMetric(liveDropped, prometheus.CounterValue, float64(r.Dropped), name)
}
