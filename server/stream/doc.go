// Package stream is one viewer without a network: which messages and which
// bytes of a film go out next, and when.
//
// A Session takes what a client says and answers with what to send. It is
// given all instants, opens no socket and starts no goroutine; whoever carries
// the bytes must not call it from two goroutines at once.
package stream
