package server

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/server/access"
	"vodsrv/server/library"
	"vodsrv/server/upload"
)

// twoUsers lets anna and bert in.
func twoUsers(t *testing.T) *access.Door {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "users")
	mustWrite(t, file, "anna:"+string(hash)+"\nbert:"+string(hash)+"\n")
	users, err := access.Reload(func() (*access.Users, error) { return access.ReadUsers(file) }, func(err error) { t.Error(err) }, file)
	if err != nil {
		t.Fatal(err)
	}
	return access.New(access.Config{Users: users, Key: testKey(t), KeyStays: true})
}

// tus asks something about uploads, as anna unless a header says otherwise.
func (s *site) tus(method, path string, body io.Reader, headers ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.SetBasicAuth("anna", "right")
	r.Header.Set("Tus-Resumable", "1.0.0")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
		if name == "Content-Length" {
			r.ContentLength, _ = strconv.ParseInt(value, 10, 64)
		}
	}
	answer, err := s.way().RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer
}

// way is how requests go out: by HTTP/2 where there is TLS.
func (s *site) way() http.RoundTripper {
	if s.over == nil {
		return http.DefaultTransport
	}
	return s.over
}

// named is the metadata of a file of that name.
func named(name string) string {
	return "Upload-Metadata: filetype dmlkZW8vbXA0, filename " + base64.StdEncoding.EncodeToString([]byte(name))
}

// begin begins an upload and returns its address.
func (s *site) begin(folder, name string, size int, headers ...string) string {
	s.t.Helper()
	r := s.tus("POST", s.base+"/api/upload/"+folder, nil, append(headers, named(name), fmt.Sprintf("Upload-Length: %d", size))...)
	if r.StatusCode != 201 || !strings.HasPrefix(r.Header.Get("Location"), s.base+uploadsPath) || r.Header.Get("Tus-Resumable") != "1.0.0" {
		body, _ := io.ReadAll(r.Body)
		s.t.Fatalf("%s %v %s", r.Status, r.Header, body)
	}
	return r.Header.Get("Location")
}

// send sends a piece, and returns the status.
func (s *site) send(at string, offset int, piece []byte, headers ...string) int {
	s.t.Helper()
	headers = append([]string{"Content-Type: " + tusType, fmt.Sprintf("Upload-Offset: %d", offset)}, headers...)
	r := s.tus("PATCH", at, bytes.NewReader(piece), headers...)
	if want := strconv.Itoa(offset + len(piece)); r.StatusCode == 204 && r.Header.Get("Upload-Offset") != want {
		s.t.Errorf("the offset is %s, not %s", r.Header.Get("Upload-Offset"), want)
	}
	return r.StatusCode
}

// offset asks how much is there, waiting until nobody writes any more.
func (s *site) offset(at string) int {
	s.t.Helper()
	r := s.tus("HEAD", at, nil)
	n, err := strconv.Atoi(r.Header.Get("Upload-Offset"))
	if r.StatusCode != 200 || err != nil || r.Header.Get("Upload-Length") == "" || r.Header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("%s %v", r.Status, r.Header)
	}
	return n
}

// parts are the hidden files in a folder.
func parts(t *testing.T, folder string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if strings.HasPrefix(d.Name(), ".") {
			names = append(names, d.Name())
		}
	}
	return names
}

func uploadSite(t *testing.T, c Config) *site {
	t.Helper()
	c.Door, c.AllowUpload = twoUsers(t), true
	return serveFolder(t, c, "fol der/there.mp4")
}

func TestUpload(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{BasePath: "/films"})
	for _, folder := range []string{"", "fol%20der/"} {
		at := s.begin(folder, "ä　film?.mp4", len(film))
		half := len(film) / 2
		if n := s.offset(at); n != 0 {
			t.Errorf("%d bytes before any were sent", n)
		}
		if status := s.send(at, 0, film[:half]); status != 204 {
			t.Fatalf("the first half: %d", status)
		}
		disk := filepath.Join(s.folder, strings.Replace(folder, "%20", " ", 1))
		if n := s.offset(at); n != half || len(parts(t, disk)) != 2 {
			t.Errorf("%d bytes, %v", n, parts(t, disk))
		}
		if r, _ := s.get("GET", s.base+"/media/"+folder+"%C3%A4%E3%80%80film%3F.mp4", basic("anna", "right")); r.StatusCode != 404 {
			t.Errorf("there before it is whole: %s", r.Status)
		}
		if status := s.send(at, half, film[half:]); status != 204 {
			t.Fatalf("the second half: %d", status)
		}
		if got := mustRead(t, filepath.Join(disk, "ä　film?.mp4")); !bytes.Equal(got, film) || len(parts(t, disk)) != 0 {
			t.Errorf("%d bytes, %v", len(got), parts(t, disk))
		}
		if n := s.offset(at); n != len(film) {
			t.Errorf("asked again: %d", n)
		}
		if r := s.tus("POST", s.base+"/api/upload/"+folder, nil, named("ä　film?.mp4"), "Upload-Length: 9"); r.StatusCode != 409 {
			t.Errorf("the same name again: %s", r.Status)
		}
	}
	if log := s.log.String(); strings.Count(log, "msg=uploaded") != 2 || !strings.Contains(log, `who="user anna"`) {
		t.Error(log)
	}
	_, page := s.get("GET", s.base+"/", basic("anna", "right"))
	if !strings.Contains(page, `data-can="upload sign"`) {
		t.Error("the page does not say that files can be uploaded")
	}
	_, metrics := s.get("GET", s.base+"/metrics", basic("anna", "right"))
	if want := fmt.Sprintf("vodsrv_uploaded_bytes_total %v\n", float64(2*len(film))); !strings.Contains(metrics, want) || !strings.Contains(metrics, `vodsrv_uploads_total{state="finished"} 2`) {
		t.Error("the metrics do not tell of it")
	}
}

func TestUploadedSubtitles(t *testing.T) {
	t.Parallel()
	s := uploadSite(t, Config{})
	for name, c := range map[string]struct {
		content string
		status  int
	}{
		"a.srt": {"1\n00:00:01,000 --> 00:00:02,000\nHello\n", 204},
		"b.vtt": {"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", 204},
		"c.srt": {"<script>alert(1)</script>", 422},
		"d.srt": {"\n", 422},
		"e.mp4": {"<script>alert(1)</script>", 422},
		"f.mp4": {"\x00\x00", 422},
	} {
		at := s.begin("", name, len(c.content))
		if status := s.send(at, 0, []byte(c.content)); status != c.status {
			t.Errorf("%s: %d", name, status)
		}
		if _, err := os.Stat(filepath.Join(s.folder, name)); (err == nil) != (c.status == 204) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left := parts(t, s.folder); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	// What is no film is not taken to its end.
	at := s.begin("", "g.mp4", 1<<20)
	if status := s.send(at, 0, []byte("<html><body>")); status != 422 {
		t.Errorf("a page: %d", status)
	}
	if r := s.tus("HEAD", at, nil); r.StatusCode != 404 {
		t.Errorf("what was refused: %s", r.Status)
	}
}

// A broken connection, and a server that ends, lose nothing that was taken in.
func TestUploadGoesOn(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{})
	at := s.begin("", "film.mp4", len(film))
	conn := s.dial()
	part := len(film) / 3
	mustPrint(t, conn, fmt.Sprintf("PATCH %s HTTP/1.1\r\nHost: %s\r\n%s\r\nTus-Resumable: 1.0.0\r\nContent-Type: %s\r\nUpload-Offset: 0\r\nContent-Length: %d\r\n\r\n%s",
		at, s.addr(), basic("anna", "right"), tusType, len(film), film[:part]))
	waitFor(t, "what was sent", func() bool { return s.offset(at) == part })
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	waitFor(t, "the writer to leave", func() bool { return s.send(at, part, film[part:2*part]) == 204 })

	again := serve(t, Config{Door: twoUsers(t), AllowUpload: true}, s.folder)
	if n := again.offset(at); n != 2*part {
		t.Fatalf("after a restart there are %d bytes", n)
	}
	if status := again.send(at, 2*part, film[2*part:]); status != 204 || !bytes.Equal(mustRead(t, filepath.Join(s.folder, "film.mp4")), film) {
		t.Errorf("the rest: %d", status)
	}
}

// A server that ends between the last byte and the name: who asks is told that
// all is there, so it has to get its name then.
func TestWholeUploadWithoutItsName(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{})
	at := s.begin("", "film.mp4", len(film))
	for _, name := range parts(t, s.folder) {
		if strings.HasSuffix(name, ".upload") {
			mustWrite(t, filepath.Join(s.folder, name), string(film))
		}
	}
	if n := s.offset(at); n != len(film) || !bytes.Equal(mustRead(t, filepath.Join(s.folder, "film.mp4")), film) {
		t.Errorf("%d bytes", n)
	}
}

// Of two who upload under one name one comes first, and the other is told.
func TestUploadsNeverOverwrite(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{})
	for round := range 5 {
		name := fmt.Sprintf("film%d.mp4", round)
		var at [4]string
		var status [4]int
		for i := range at {
			at[i] = s.begin("", name, len(film)+i)
		}
		var all sync.WaitGroup
		for i := range at {
			all.Go(func() { status[i] = s.send(at[i], 0, append(bytes.Clone(film), make([]byte, i)...)) })
		}
		all.Wait()
		won := -1
		for i, code := range status {
			switch {
			case code == 204 && won < 0:
				won = i
			case code != 409:
				t.Errorf("%v", status)
			}
		}
		if won < 0 || len(mustRead(t, filepath.Join(s.folder, name))) != len(film)+won {
			t.Errorf("%v, %d", status, won)
		}
		// When the name becomes free, the others are still there.
		if err := os.Remove(filepath.Join(s.folder, name)); err != nil {
			t.Fatal(err)
		}
		next := (won + 1) % len(at)
		if code := s.send(at[next], len(film)+next, nil); code != 204 || len(mustRead(t, filepath.Join(s.folder, name))) != len(film)+next {
			t.Errorf("once more: %d", code)
		}
		for i := range at {
			s.tus("DELETE", at[i], nil)
		}
	}
}

func TestOneWriterAtATime(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{})
	at := s.begin("", "film.mp4", len(film))
	body, slow := io.Pipe()
	first := make(chan int)
	go func() {
		r := s.tus("PATCH", at, body, "Content-Type: "+tusType, "Upload-Offset: 0")
		first <- r.StatusCode
	}()
	if _, err := slow.Write(film[:100]); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first piece", func() bool { return s.offset(at) == 100 })
	if status := s.send(at, 100, film[100:]); status != 423 {
		t.Errorf("a second writer: %d", status)
	}
	if r := s.tus("DELETE", at, nil); r.StatusCode != 423 {
		t.Errorf("removing it meanwhile: %s", r.Status)
	}
	if _, err := slow.Write(film[100:]); err != nil {
		t.Fatal(err)
	}
	_ = slow.Close()
	if status := <-first; status != 204 || !bytes.Equal(mustRead(t, filepath.Join(s.folder, "film.mp4")), film) {
		t.Errorf("the first: %d", status)
	}
}

// Who sends slowly may take long; who sends nothing is let go, and may go on.
func TestStalledUpload(t *testing.T) {
	t.Parallel()
	testStalledUpload(t, uploadSite(t, Config{WriteTimeout: 400 * time.Millisecond}))
}

func TestStalledUploadOverTLS(t *testing.T) {
	t.Parallel()
	whole := serveWhole(t, Config{WriteTimeout: 400 * time.Millisecond, TLS: testCertificate(t), Door: twoUsers(t), AllowUpload: true}, t.TempDir(), nil)
	over := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	defer over.CloseIdleConnections()
	s := &site{t: t, over: over, http: &httptest.Server{URL: "https://" + whole.addr()}}
	testStalledUpload(t, s)
	if r := s.tus("OPTIONS", uploadsPath, nil); r.ProtoMajor != 2 {
		t.Errorf("that was %s", r.Proto)
	}
}

func testStalledUpload(t *testing.T, s *site) {
	t.Helper()
	film := mustRead(t, sample)
	at := s.begin("", "film.mp4", len(film))
	body, slow := io.Pipe()
	go func() {
		for i := range 12 {
			_, _ = slow.Write(film[i : i+1])
			time.Sleep(50 * time.Millisecond) // that it is slow is what matters here
		}
	}()
	began := time.Now()
	r := s.tus("PATCH", at, body, "Content-Type: "+tusType, "Upload-Offset: 0")
	_ = slow.Close()
	text, _ := io.ReadAll(r.Body)
	if took := time.Since(began); r.StatusCode != 408 || code(string(text)) != "slow_reader" || took < 900*time.Millisecond {
		t.Errorf("%s %s after %v", r.Status, text, took)
	}
	if n := s.offset(at); n != 12 {
		t.Errorf("%d bytes", n)
	}
	if status := s.send(at, 12, film[12:]); status != 204 {
		t.Errorf("going on: %d", status)
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{UploadLimit: 1 << 20})
	const path = "/api/upload/"
	create := func(name string, headers ...string) []string {
		return append([]string{named(name), "Upload-Length: 100"}, headers...)
	}
	for name, c := range map[string]struct {
		path    string
		headers []string
		status  int
	}{
		"nobody":              {path, create("a.mp4", "Authorization: "), 401},
		"a link":              {path + s.link("a.mp4", access.Download, time.Hour), create("a.mp4", "Authorization: "), 401},
		"a foreign page":      {path, create("a.mp4", "Origin: https://evil.example"), 403},
		"another version":     {path, create("a.mp4", "Tus-Resumable: 0.2.2"), 412},
		"no version":          {path, create("a.mp4", "Tus-Resumable: "), 412},
		"too large":           {path, create("a.mp4", "Upload-Length: 1048577"), 413},
		"subtitles too large": {path, create("a.srt", "Upload-Length: 999999999"), 413},
		"empty":               {path, create("a.mp4", "Upload-Length: 0"), 422},
		"less than nothing":   {path, create("a.mp4", "Upload-Length: -1"), 400},
		"no length":           {path, create("a.mp4", "Upload-Length: "), 400},
		"length to follow":    {path, create("a.mp4", "Upload-Length: ", "Upload-Defer-Length: 1"), 400},
		"no name":             {path, create("a.mp4", "Upload-Metadata: x YQ=="), 400},
		"no base64":           {path, create("a.mp4", "Upload-Metadata: filename #"), 400},
		"an empty name":       {path, create(""), 400},
		"hidden":              {path, create(".a.mp4"), 400},
		"up":                  {path, create("../a.mp4"), 400},
		"a separator":         {path, create("a/b.mp4"), 400},
		"the other separator": {path, create(`a\b.mp4`), 400},
		"a zero":              {path, create("a\x00.mp4"), 400},
		"a line break":        {path, create("a\n.mp4"), 400},
		"no UTF-8":            {path, create("a\xff.mp4"), 400},
		"text turned around":  {path, create("a\u202e4pm.mp4"), 400},
		"a space at the end":  {path, create("a.mp4 "), 400},
		"long":                {path, create(strings.Repeat("a", 252) + ".mp4"), 400},
		"a page":              {path, create("a.html"), 415},
		"no extension":        {path, create("mp4"), 415},
		"there":               {path + "fol%20der", create("there.mp4"), 409},
		"no folder":           {path + "none/", create("a.mp4"), 404},
		"a file":              {path + "fol%20der/there.mp4/", create("a.mp4"), 404},
		"a hidden folder":     {path + ".git/", create("a.mp4"), 404},
		"out":                 {path + "..%2f/", create("a.mp4"), 400},
		"out in plain":        {path + "fol%20der/%2e%2e/%2e%2e/", create("a.mp4"), 400},
	} {
		if r := s.tus("POST", c.path, nil, c.headers...); r.StatusCode != c.status {
			text, _ := io.ReadAll(r.Body)
			t.Errorf("%s: %s %s", name, r.Status, text)
		}
	}
	if r := s.tus("POST", path, strings.NewReader("x"), create("a.mp4")...); r.StatusCode != 400 {
		t.Errorf("a body: %s", r.Status)
	}
	if left := parts(t, s.folder); len(left) != 0 {
		t.Errorf("left: %v", left)
	}

	at := s.begin("", "film.mp4", 100)
	id := strings.TrimPrefix(at, uploadsPath)
	patch := []string{"Content-Type: " + tusType, "Upload-Offset: 0"}
	for name, c := range map[string]struct {
		method, path string
		headers      []string
		body         io.Reader
		status       int
	}{
		"a wrong offset":      {"PATCH", at, []string{patch[0], "Upload-Offset: 1"}, bytes.NewReader(film[:99]), 409},
		"no offset":           {"PATCH", at, patch[:1], bytes.NewReader(film[:99]), 400},
		"another type":        {"PATCH", at, []string{"Content-Type: video/mp4", patch[1]}, bytes.NewReader(film[:99]), 415},
		"too much":            {"PATCH", at, patch, bytes.NewReader(film[:101]), 413},
		"too much in chunks":  {"PATCH", at, patch, io.MultiReader(bytes.NewReader(film[:101])), 413},
		"no version":          {"PATCH", at, append([]string{"Tus-Resumable: "}, patch...), bytes.NewReader(film[:99]), 412},
		"a foreign page":      {"PATCH", at, append([]string{"Origin: null"}, patch...), bytes.NewReader(film[:99]), 403},
		"another's":           {"PATCH", at, append([]string{basic("bert", "right")}, patch...), bytes.NewReader(film[:99]), 404},
		"another's, to look":  {"HEAD", at, []string{basic("bert", "right")}, nil, 404},
		"another's, to end":   {"DELETE", at, []string{basic("bert", "right")}, nil, 404},
		"nobody, to look":     {"HEAD", at, []string{"Authorization: "}, nil, 401},
		"a foreign page, end": {"DELETE", at, []string{"Origin: https://evil.example"}, nil, 403},
		"no such":             {"HEAD", uploadsPath + strings.Repeat("0", 32), nil, nil, 404},
		"another folder":      {"HEAD", uploadsPath + "fol%20der/" + id, nil, nil, 404},
		"no ID":               {"HEAD", uploadsPath + "x", nil, nil, 404},
		"a film":              {"DELETE", uploadsPath + "fol%20der/there.mp4", nil, nil, 404},
		"up":                  {"DELETE", uploadsPath + "fol%20der/..%2f" + id, nil, nil, 400},
		"GET":                 {"GET", at, nil, nil, 405},
		"PUT":                 {"PUT", at, nil, nil, 405},
		"a plain POST":        {"POST", at, nil, nil, 405},
	} {
		if r := s.tus(c.method, c.path, c.body, c.headers...); r.StatusCode != c.status {
			text, _ := io.ReadAll(r.Body)
			t.Errorf("%s: %s %s", name, r.Status, text)
		}
	}
	if n := s.offset(at); n != 0 {
		t.Errorf("%d bytes are there", n)
	}
	for _, p := range []string{path, at} {
		r := s.tus("OPTIONS", p, nil, "Tus-Resumable: ")
		if r.StatusCode != 204 || r.Header.Get("Tus-Version") != "1.0.0" || r.Header.Get("Tus-Extension") != "creation,termination" || r.Header.Get("Tus-Max-Size") != "1048576" {
			t.Errorf("%s: %s %v", p, r.Status, r.Header)
		}
	}
	if r := s.tus("POST", at, bytes.NewReader(film[:50]), append([]string{"X-HTTP-Method-Override: PATCH"}, patch...)...); r.StatusCode != 204 || s.offset(at) != 50 {
		t.Errorf("PATCH as POST: %s", r.Status)
	}
	if r := s.tus("DELETE", at, nil); r.StatusCode != 204 || len(parts(t, s.folder)) != 0 {
		t.Errorf("DELETE: %s, %v", r.Status, parts(t, s.folder))
	}
	if r := s.tus("HEAD", at, nil); r.StatusCode != 404 {
		t.Errorf("what was given up: %s", r.Status)
	}
	for range uploadsPerUser {
		s.begin("", "film.mp4", 100)
	}
	if r := s.tus("POST", path, nil, create("film.mp4")...); r.StatusCode != 429 {
		t.Errorf("too many: %s", r.Status)
	}
	s.begin("", "film.mp4", 100, basic("bert", "right"))
	s.server.uploads.sweepOnce(t.Context(), time.Now().Add(uploadIdle+time.Minute))
	if left := parts(t, s.folder); len(left) != 0 {
		t.Errorf("left when they are old: %v", left)
	}
	s.begin("", "film.mp4", 100)
}

// Trouble with the disk is told in words that help.
func TestUploadTrouble(t *testing.T) {
	for inner, want := range map[error]int{syscall.EACCES: 403, syscall.EROFS: 403, fs.ErrNotExist: 404, upload.ErrFull: 507, syscall.EIO: 500} {
		err := publicUpload(&fs.PathError{Op: "open", Path: "secret", Err: inner})
		if f := public(err); f.status != want || strings.Contains(f.message, "secret") {
			t.Errorf("%v: %d %s", inner, f.status, f.message)
		}
	}
}

func TestNoUploads(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: twoUsers(t)}, "film.mp4")
	if r := s.tus("POST", "/api/upload/", nil, named("a.mp4"), "Upload-Length: 9"); r.StatusCode != 404 {
		t.Errorf("where uploads are not allowed: %s", r.Status)
	}
	films, err := library.Open(filepath.Join(s.folder, "film.mp4"), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = films.Close() }()
	for name, c := range map[string]Config{
		"no door":  {Library: s.server.config.Library},
		"no users": {Library: s.server.config.Library, Door: access.New(access.Config{Key: testKey(t)})},
		"one film": {Library: films, Door: twoUsers(t)},
	} {
		c.Public, c.AllowUpload = pagesForTests, true
		if _, err := New(c); err == nil {
			t.Errorf("%s: uploads are allowed", name)
		}
	}
}

// A server that stops does not wait for an upload.
func TestUploadEndsWithTheServer(t *testing.T) {
	t.Parallel()
	film := mustRead(t, sample)
	s := uploadSite(t, Config{})
	at := s.begin("", "film.mp4", len(film))
	body, slow := io.Pipe()
	defer func() { _ = slow.Close() }()
	status := make(chan int)
	go func() {
		status <- s.tus("PATCH", at, body, "Content-Type: "+tusType, "Upload-Offset: 0").StatusCode
	}()
	if _, err := slow.Write(film[:100]); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first piece", func() bool { return s.offset(at) == 100 })
	s.server.Shutdown(t.Context())
	if got := <-status; got != 503 {
		t.Errorf("%d", got)
	}
}

// waitFor waits until something has come about.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
