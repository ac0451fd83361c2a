package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// segments are the URLs of a film's media segments in HLS, for several clients
// at once to fetch, each quota bytes of them.
type segments struct {
	from *daemon
	urls []string
}

// mediaSegments finds the segments of the video of a film.
func mediaSegments(from *daemon, film string) (segments, error) {
	s := segments{from: from}
	master := &url.URL{Scheme: "http", Host: from.addr, Path: "/hls/" + film + "/master.m3u8"}
	lists, err := urlsIn(master)
	if err != nil || len(lists) == 0 {
		return s, errors.Join(fmt.Errorf("no variant in %s", master), err)
	}
	media, err := urlsIn(lists[0])
	for _, u := range media {
		s.urls = append(s.urls, u.String())
	}
	return s, err
}

// urlsIn lists the URLs of a playlist.
func urlsIn(list *url.URL) (all []*url.URL, err error) {
	r, err := http.Get(list.String())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Body.Close()) }()
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			u, err := list.Parse(line)
			if err != nil {
				return nil, err
			}
			all = append(all, u)
		}
	}
	return all, lines.Err()
}

// prepare writes segments to files, as a packager would: as many as a client
// fetches. The others are forgotten.
func (s *segments) prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	total := int64(0)
	for i, u := range s.urls {
		n, err := save(u, filepath.Join(dir, segmentFile(i)))
		if err != nil {
			return err
		}
		if total += n; total >= quota {
			s.urls = s.urls[:i+1]
			break
		}
	}
	return nil
}

func segmentFile(i int) string { return fmt.Sprintf("%d.m4s", i) }

func save(from, to string) (n int64, err error) {
	r, err := http.Get(from)
	if err != nil {
		return 0, err
	}
	f, err := os.Create(to)
	if err == nil {
		n, err = io.Copy(f, r.Body)
		err = errors.Join(err, f.Close())
	}
	return n, errors.Join(err, r.Body.Close())
}

// prepared are the same segments as files of another server.
func (s segments) prepared(from *daemon, folder string) segments {
	p := segments{from: from}
	for i := range s.urls {
		p.urls = append(p.urls, "http://"+from.addr+"/"+folder+"/"+segmentFile(i))
	}
	return p
}

// measure fetches over a connection for each client, one segment after the
// other.
func (s segments) measure() (cost, error) {
	before, err := s.from.cpu()
	if err != nil {
		return cost{}, err
	}
	begin := time.Now()
	failed := make(chan error, connections)
	for range connections {
		go func() { failed <- s.fetch() }()
	}
	for range connections {
		err = errors.Join(err, <-failed)
	}
	wall := time.Since(begin)
	after, cpuErr := s.from.cpu()
	return cost{wall: wall, cpu: after - before}, errors.Join(err, cpuErr)
}

func (s segments) fetch() error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	buf := make([]byte, 256<<10)
	for got, i := int64(0), 0; got < quota; i++ {
		r, err := client.Get(s.urls[i%len(s.urls)])
		if err != nil {
			return err
		}
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, buf)
		if err = errors.Join(err, r.Body.Close()); err != nil || r.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s, %w", s.urls[i%len(s.urls)], r.Status, err)
		}
		got += n
	}
	return nil
}

// hls measures what it costs to send segments of HLS made of a progressive
// film, against nginx, which sends the same segments from files, and against
// nginx-vod-module, which makes them of the film, too.
func (b *bench) hls() error {
	video, err := b.videoAlone()
	if err != nil {
		return err
	}
	for _, c := range []struct{ work, film, target string }{
		{"video of a film with sound", b.plain, "2 CPU"},
		{"a film of video alone", video, "1.3 CPU"},
	} {
		if err := b.segmentsOf(c.work, filepath.Base(c.film), c.target); err != nil {
			return err
		}
	}
	return nil
}

// videoAlone is a film of one track, long enough for what a client fetches.
func (b *bench) videoAlone() (string, error) {
	path := filepath.Join(b.dir, fmt.Sprintf("video-%d.mp4", b.megabytes))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	unfinished := filepath.Join(b.dir, "unfinished.mp4")
	if err := ffmpeg("-i", b.plain, "-map", "0:v", "-c", "copy", "-fs", strconv.Itoa(quota+64<<20), unfinished); err != nil {
		return "", err
	}
	return path, os.Rename(unfinished, path)
}

// segmentsOf measures with the segments of a film's video.
func (b *bench) segmentsOf(work, film, target string) error {
	vodsrv, err := b.startVodsrv()
	if err != nil {
		return err
	}
	defer vodsrv.stop()
	made, err := mediaSegments(vodsrv, film)
	if err != nil {
		return err
	}
	const folder = "segments"
	if err := made.prepare(filepath.Join(b.dir, folder)); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(filepath.Join(b.dir, folder)) }()
	nginx, err := b.startNginx()
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("nginx is not installed: nothing to compare HLS with")
		return nil
	}
	if err != nil {
		return err
	}
	defer nginx.stop()
	works := []func() (cost, error){made.prepared(nginx, folder).measure, made.measure}
	module, err := b.startVodModule()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		fmt.Println("nginx-vod-module is not installed: nothing to compare the making of segments with")
	case err != nil:
		return err
	default:
		defer module.stop()
		for _, location := range []string{vodLocation, vodLocationTS} {
			other, err := moduleSegments(module, location+film, len(made.urls))
			if err != nil {
				return err
			}
			works = append(works, other.measure)
		}
	}
	costs, err := b.alternate(works...)
	if err != nil {
		return err
	}
	who := []named{{name: "vodsrv", cost: costs[1], target: target}}
	gb := float64(connections*quota) / 1e9
	fmt.Printf("HLS, %s, CPU seconds a GB: nginx %.2f, vodsrv %.2f", work, costs[0].cpu.Seconds()/gb, costs[1].cpu.Seconds()/gb)
	if len(costs) > 2 {
		for i, format := range []string{"fMP4", "MPEG-TS"} {
			c := costs[2+i]
			who = append(who, named{name: "nginx-vod-module, " + format, cost: c})
			fmt.Printf(", nginx-vod-module in %s %.2f, which is %.1f times vodsrv's (target 3)", format, c.cpu.Seconds()/gb, ratio(c.cpu, costs[1].cpu))
		}
	}
	fmt.Println()
	b.table.add(fmt.Sprintf("HLS, %s, %d x %d MiB", work, connections, quota>>20), named{name: "nginx, segments as files", cost: costs[0]}, who...)
	return nil
}

// moduleSegments are the first segments of the video of a film that
// nginx-vod-module makes at some place.
func moduleSegments(from *daemon, place string, n int) (segments, error) {
	list := &url.URL{Scheme: "http", Host: from.addr, Path: place + "/index-v1.m3u8"}
	media, err := urlsIn(list)
	if err != nil || len(media) == 0 {
		return segments{}, errors.Join(fmt.Errorf("no segment in %s", list), err)
	}
	s := segments{from: from}
	for _, u := range media[:min(n, len(media))] {
		s.urls = append(s.urls, u.String())
	}
	return s, nil
}
