package info

import (
	"encoding/json"
	"testing"

	"vodsrv/mp4/mp4test"
)

func TestLanguageName(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "English", "deu": "Deutsch", "ger": "Deutsch", "es": "Español", "pt-BR": "Português (Brasil)", "de-AT": "Österreichisches Deutsch",
		"zh-Hant": "繁體中文", "ja": "日本語", "mul": "Multiple languages", "und": "", "": "", "xx": "", "sdh": "Southern Kurdish", "no such": "",
	} {
		if got := LanguageName(tag); got != want {
			t.Errorf("%s: %q", tag, got)
		}
	}
	for tag, want := range map[string]string{"eng": "en", "ger": "de", "PT-br": "pt-BR", "zho": "zh", "und": "und", "": "und", "\xff": "und"} {
		if got, ok := Language(tag); got != want || ok != (want != "und") {
			t.Errorf("%s: %s, %v", tag, got, ok)
		}
	}
}

func TestSubtitles(t *testing.T) {
	cue := mp4test.Holding(1000, "\x00\x02hi")
	track := func(id uint32, handler, entry string, more ...[]byte) mp4test.Track {
		return mp4test.Track{ID: id, Handler: handler, Entries: [][]byte{mp4test.Plain(entry)}, Samples: cue, Extra: mp4test.Join(more...)}
	}
	video := track(1, "vide", "avc1", mp4test.Box("tref", mp4test.Box("chap", mp4test.U32(2))))
	video.Entries = nil
	off := track(4, "sbtl", "tx3g", mp4test.Box("udta", mp4test.Box("name", []byte("Director")), mp4test.Full("kind", 0, 0, []byte("urn:mpeg:dash:role:2011\x00caption\x00"))))
	off.Disabled = true
	quick := track(5, "text", "text", mp4test.Box("udta", mp4test.Box("tagc", []byte("public.accessibility.describes-music-and-sound"))))
	empty := track(7, "sbtl", "tx3g")
	empty.Samples = nil
	tracks := []mp4test.Track{video, track(2, "text", "text"), track(3, "text", "wvtt"), off, quick, track(6, "clcp", "c608"), empty, track(8, "meta", "tx3g"), track(9, "subt", "mp4s"), track(10, "subt", "stpp")}
	f := describeBytes(t, mp4test.File{Tracks: tracks}.Bytes())
	got, err := json.Marshal(f.Subtitles)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"id":"3","lang":"en","label":"English","kind":"subtitles","default":true},` +
		`{"id":"4","lang":"en","label":"Director","kind":"captions","default":false},` +
		`{"id":"5","lang":"en","label":"English","kind":"captions","default":true},` +
		`{"id":"10","lang":"en","label":"English","kind":"subtitles","default":true}]`
	if string(got) != want {
		t.Errorf("%s", got)
	}
}
