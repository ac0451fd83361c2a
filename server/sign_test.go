package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"vodsrv/server/access"
)

// signed asks for a link to a film.
func (s *site) signed(film, body string, headers ...string) (*http.Response, string) {
	return s.post("/api/sign/"+film, asJSON, body, headers...)
}

func TestSign(t *testing.T) {
	t.Parallel()
	s := serveFolder(t, Config{Door: newDoor(t, bcrypt.MinCost), BasePath: "/films"}, "fol der/film.mp4", "other.mp4")
	anna := s.session()
	for _, c := range []struct{ body, begin, open, shut string }{
		{`{}`, "/films/watch/", "/api/info/", "/media/"},
		{`{"scope":"watch","expires":"1h"}`, "/films/watch/", "/cover/", "/media/"},
		{`{"scope":"download","expires":"720h"}`, "/films/media/", "/media/", "/api/list/"},
	} {
		r, body := s.signed("fol%20der/film.mp4", c.body, anna)
		var link signedLink
		if err := json.Unmarshal([]byte(body), &link); err != nil || r.StatusCode != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
			t.Fatalf("%s: %s %v %s", c.body, r.Status, r.Header, body)
		}
		begin := "http://" + s.addr() + c.begin + "fol%20der/film.mp4?token="
		token, ok := strings.CutPrefix(link.URL, begin)
		if lasts := time.Until(link.Expires); !ok || lasts < 50*time.Minute || lasts > maxLinkLife {
			t.Errorf("%s: %+v", c.body, link)
		}
		for path, want := range map[string]bool{c.open: true, c.shut: false} {
			if r, _ := s.get("GET", s.base+path+"fol%20der/film.mp4?token="+token); (r.StatusCode != 401) != want {
				t.Errorf("%s: %s: %s", c.body, path, r.Status)
			}
		}
		if r, _ := s.get("GET", s.base+"/watch/other.mp4?token="+token); r.StatusCode != 401 {
			t.Errorf("%s: another film: %s", c.body, r.Status)
		}
		if strings.Contains(s.log.String(), token[len(token)-43:]) || !strings.Contains(s.log.String(), "signed a link") {
			t.Errorf("the log: %s", s.log)
		}
	}
	for name, c := range map[string]struct {
		film, body string
		headers    []string
		status     int
	}{
		"nobody":             {"other.mp4", `{}`, nil, 401},
		"a foreign page":     {"other.mp4", `{}`, []string{anna, "Origin: https://evil.example"}, 403},
		"a link":             {"other.mp4" + s.link("other.mp4", access.Download, time.Hour), `{}`, nil, 401},
		"no film":            {"none.mp4", `{}`, []string{anna}, 404},
		"a folder":           {"fol%20der", `{}`, []string{anna}, 404},
		"the folder":         {"", `{}`, []string{anna}, 404},
		"another scope":      {"other.mp4", `{"scope":"list"}`, []string{anna}, 400},
		"too long":           {"other.mp4", `{"expires":"721h"}`, []string{anna}, 400},
		"no time":            {"other.mp4", `{"expires":"0s"}`, []string{anna}, 400},
		"before now":         {"other.mp4", `{"expires":"-1h"}`, []string{anna}, 400},
		"no duration":        {"other.mp4", `{"expires":"soon"}`, []string{anna}, 400},
		"no JSON":            {"other.mp4", `expires=1h`, []string{anna}, 400},
		"two values":         {"other.mp4", `{}{}`, []string{anna}, 400},
		"a body without end": {"other.mp4", `{"scope":"` + strings.Repeat("x", 2*maxForm), []string{anna}, 400},
	} {
		if r, body := s.signed(c.film, c.body, c.headers...); r.StatusCode != c.status {
			t.Errorf("%s: %s %s", name, r.Status, body)
		}
	}
	if r, _ := s.get("GET", s.base+"/api/sign/other.mp4", anna); r.StatusCode != 405 || r.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %s", r.Status)
	}
	if r, _ := s.post("/api/sign/other.mp4", asForm, "scope=watch", anna); r.StatusCode != 400 {
		t.Errorf("a form: %s", r.Status)
	}
	_, page := s.get("GET", s.base+"/", anna)
	if !strings.Contains(page, `data-can="sign"`) {
		t.Error("the list does not say that links can be signed")
	}
	_, page = s.get("GET", s.base+"/watch/other.mp4", anna)
	if !strings.Contains(page, `data-can="sign"`) {
		t.Error("the player's page does not say that links can be signed")
	}
	_, page = s.get("GET", s.base+"/watch/other.mp4"+s.link("other.mp4", access.Watch, time.Hour))
	if !strings.Contains(page, `data-can=""`) {
		t.Error("the page of a link says that there is something to do")
	}
	last := 0
	for range linksAtOnce + 1 {
		r, _ := s.signed("other.mp4", `{}`, anna)
		last = r.StatusCode
	}
	if last != 429 {
		t.Errorf("too often: %d", last)
	}
}

// Without a key that stays, or without anyone who could log in, nothing is
// signed.
func TestNoSigning(t *testing.T) {
	t.Parallel()
	forgetful := access.New(access.Config{Users: newUsers(t, bcrypt.MinCost), Key: testKey(t)})
	for name, c := range map[string]struct {
		door   *access.Door
		header string
		status int
	}{
		"no door":  {nil, "", 404},
		"no users": {access.New(access.Config{Key: testKey(t), KeyStays: true}), "", 401},
		"no key":   {forgetful, basic("anna", "right"), 404},
	} {
		s := serveFolder(t, Config{Door: c.door}, "film.mp4")
		if r, body := s.signed("film.mp4", `{}`, c.header); r.StatusCode != c.status {
			t.Errorf("%s: %s %s", name, r.Status, body)
		}
		if _, page := s.get("GET", s.base+"/watch/film.mp4", c.header); c.status != 401 && !strings.Contains(page, `data-can=""`) {
			t.Errorf("%s: %s", name, page)
		}
	}
}
