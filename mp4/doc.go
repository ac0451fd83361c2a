// Package mp4 turns an ISO base media file into a Movie: its tracks and an
// index of all their samples, the same for progressive files (moov with
// sample tables) and fragmented ones (moof and mdat pairs).
//
// The words used: a box is one length-prefixed unit of the file. A sample is
// one coded picture or one audio packet. The index of a track says for each
// sample, in decode order, where it lies, how long it is, when it is decoded
// and shown, and whether decoding can start there.
//
//	f, err := os.Open("film.mp4")
//	…
//	movie, err := mp4.Open(f, size)
//	for _, t := range movie.Tracks {
//		fmt.Println(t.ID, t.Kind, t.Entries[0].Codec, t.Index.Len())
//	}
//
// A Movie is read-only once it is open and safe for any number of goroutines.
// Numbers in a file are claims: nothing is allocated or looped over before it
// is checked against bytes that exist.
package mp4
