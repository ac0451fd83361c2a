package fragment

import (
	"testing"

	"vodsrv/mp4"
)

// The starts of a track are those that its fragments claim: the file may end
// before their samples.
func TestStartThatWasCutOff(t *testing.T) {
	track := &mp4.Track{Index: &mp4.Index{}, Starts: []mp4.FragmentStart{{Fragment: 3, Sample: 0}}}
	if i, ok := fragmentStart(track, 2); ok {
		t.Errorf("sample %d of a track without samples begins a fragment", i)
	}
}
