package stream

import (
	"encoding/json"
	"testing"
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
