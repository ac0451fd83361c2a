package library

import (
	"runtime"
	"strings"
	"testing"
)

// TestTogetherWaitsForAViewer: nobody helps with a film that nobody waits for;
// as soon as a viewer does, the rest is done at the same time.
func TestTogetherWaitsForAViewer(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("there is one processor")
	}
	var s builds
	b, _ := s.join("film", false)
	begun := make(chan struct{})
	b.together(3, func(k int) {
		switch k {
		case 0:
			select {
			case <-begun:
				t.Error("the second was begun while nobody waits for the film")
			default:
			}
			s.join("film", true)
			<-begun // by another
		case 1:
			close(begun)
		}
	})
}

func TestTogetherDoesEachOnce(t *testing.T) {
	var s builds
	b, _ := s.join("film", true)
	for _, n := range []int{0, 1, 2, 100} {
		done := make([]int, n)
		b.together(n, func(k int) { done[k]++ })
		for k, times := range done {
			if times != 1 {
				t.Errorf("%d of %d was done %d times", k, n, times)
			}
		}
	}
}

// TestTogetherFault: a fault in any goroutine is one in the caller's, where
// what uses a damaged file ends without the program.
func TestTogetherFault(t *testing.T) {
	var s builds
	b, _ := s.join("film", true)
	defer func() {
		fault, _ := recover().(string)
		if !strings.HasPrefix(fault, "an index is out of range") || !strings.Contains(fault, "together_test.go") {
			t.Errorf("the caller sees %q", fault)
		}
	}()
	b.together(2, func(int) { panic("an index is out of range") })
}
