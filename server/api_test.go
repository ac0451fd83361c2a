package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vodsrv/mp4/info"
	"vodsrv/server/library"
)

// largestWrite notes how large what is written at once is at most.
type largestWrite struct {
	*httptest.ResponseRecorder
	most int
}

func (w *largestWrite) Write(b []byte) (int, error) {
	w.most = max(w.most, len(b))
	return w.ResponseRecorder.Write(b)
}

// A list is what its JSON says, however long it is, but is never held as a whole.
func TestListsAreWrittenPieceByPiece(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3000} {
		l := library.Listing{Path: "a", Name: `"entries":[]`, Entries: []library.Entry{}, Total: n, Next: "b"}
		for i := range n {
			l.Entries = append(l.Entries, library.Entry{Name: fmt.Sprintf("<film> %d", i), Path: "f", Tracks: []info.Track{}})
		}
		w := &largestWrite{ResponseRecorder: httptest.NewRecorder()}
		if err := writeListing(w, l); err != nil {
			t.Fatal(err)
		}
		var got library.Listing
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%d entries: %v, %.200s", n, err, w.Body)
		}
		if w.most > listAtOnce || n > 0 && !strings.Contains(w.Body.String(), "<film>") {
			t.Errorf("%d entries: %d bytes at once", n, w.most)
		}
	}
}

// A page comes with few rows, whatever is asked for, and leads on to the others.
func TestRowsOfAPage(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{})
	for i := range maxRows + 20 {
		mustWrite(t, filepath.Join(s.folder, fmt.Sprintf("film %03d.mp4", i)), "no film")
	}
	for query, want := range map[string]int{"": maxRows, "?limit=7": 7, "?limit=2147483647": maxRows, "?after=film%2520099.mp4": 20} {
		r, body := s.get("GET", "/"+query)
		if n := strings.Count(body, `"/watch/`); r.StatusCode != http.StatusOK || n != want {
			t.Errorf("%q: %s, %d rows", query, r.Status, n)
		}
	}
}
