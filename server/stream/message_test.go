package stream

import (
	"encoding/json"
	"reflect"
	"testing"

	"vodsrv/mp4/info"
)

func TestDataMessageIsJSON(t *testing.T) {
	for _, m := range []dataMessage{
		{Type: typeData, Kind: kindInit},
		{Type: typeData, Epoch: 3, Stream: 1, Kind: kindMedia, Seq: 1799, Start: 3598.04, End: 3600.0000001, Bytes: MaxPiece, Last: true},
		{Type: typeData, Kind: kindMedia, Start: 1.0 / 3, End: 1e9 / 7},
	} {
		want, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.text(); string(got) != string(want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The page asks the browser by the MIME type of each track.
func TestTracksTellTheirMIME(t *testing.T) {
	for _, track := range []info.Track{{ID: 7, Kind: "audio"}, {ID: 7, Kind: "audio", Uncounted: true}} {
		var got struct{ ID, Kind, MIME any }
		if err := json.Unmarshal(marshal(Track{Track: track, MIME: `audio/mp4; codecs="opus"`}), &got); err != nil {
			t.Fatal(err)
		}
		if got.ID != 7.0 || got.Kind != "audio" || got.MIME != `audio/mp4; codecs="opus"` {
			t.Errorf("%+v", got)
		}
	}
}

// A report that is read in the short way means what encoding/json says.
func checkReport(t *testing.T, text []byte) (short bool) {
	t.Helper()
	got, short := parseReport(text)
	if !short {
		return false
	}
	var want clientMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatalf("%q is read, which is no JSON: %v", text, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q is read as %+v, want %+v", text, got, want)
	}
	return true
}

var reports = map[string]bool{
	`{"type":"report","epoch":0,"time":12.345,"buffered":8.2,"bytes":123456}`: true,
	`{"type":"report","bytes":0,"time":-0.5}`:                                 true,
	`{"type":"report","time":1e3}`:                                            false,
	`{"type":"report","time":01}`:                                             false,
	`{"type":"report","time":1.}`:                                             false,
	`{"type":"report","time":}`:                                               false,
	`{"type":"report","time":"1"}`:                                            false,
	`{"type":"report","time":1}}`:                                             false,
	`{"type":"report","time":1},`:                                             false,
	`{"type":"report","time":1,}`:                                             false,
	`{"type":"report","time":1,"more":2}`:                                     false,
	`{"type":"report","epoch":1.5}`:                                           false,
	`{"type":"report","epoch":99999999999999999999}`:                          false,
	`{"type": "report","time":1}`:                                             false,
	`{"type":"report",`:                                                       false,
}

func TestReportsAreReadShort(t *testing.T) {
	for text, want := range reports {
		if got := checkReport(t, []byte(text)); got != want {
			t.Errorf("%s: read in the short way: %v, want %v", text, got, want)
		}
	}
}

func FuzzReport(f *testing.F) {
	for text := range reports {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkReport(t, text) })
}
