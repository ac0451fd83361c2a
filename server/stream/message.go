package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"vodsrv/mp4/info"
)

// Protocol is the WebSocket subprotocol that this package speaks.
const Protocol = "vodsrv.v1"

// MaxPiece is the most bytes that one binary message carries.
const MaxPiece = 256 << 10

// MaxClientMessage is the most bytes that a client's message may have.
const MaxClientMessage = 4 << 10

// Names of the messages, in the field "type".
const (
	typeOpen     = "open"
	typeData     = "data"
	typeEpoch    = "epoch"
	typeDuration = "duration"
	typeEnd      = "end"
	typeError    = "error"

	typeSeek   = "seek"
	typeTracks = "tracks"
	typePause  = "pause"
	typePlay   = "play"
	typeReport = "report"
)

// Values of the field "kind" of a data message.
const (
	kindInit  = "init"
	kindMedia = "media"
)

// Code names a kind of trouble, the same over HTTP and WebSocket.
type Code string

// The codes there are.
const (
	NotFound     Code = "not_found"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	BadRequest   Code = "bad_request"
	BadFile      Code = "bad_file"
	Unsupported  Code = "unsupported"
	Busy         Code = "busy"
	SlowReader   Code = "slow_reader"
	RateLimited  Code = "rate_limited"
	FileChanged  Code = "file_changed"
	Internal     Code = "internal"
)

// Error is trouble that the other side is told about.
type Error struct {
	Code    Code
	Message string // a sentence that a person understands
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Track is what a viewer is told about a track of the film.
type Track struct {
	info.Track
	MIME string `json:"mime"` // of the track alone; "" where MSE can't carry it
}

// MarshalJSON adds the MIME type to what info.Track writes: the method of an
// embedded field would leave it out.
func (t Track) MarshalJSON() ([]byte, error) {
	described, err := json.Marshal(t.Track)
	if err != nil {
		return nil, err
	}
	mime, err := json.Marshal(t.MIME)
	if err != nil {
		return nil, err
	}
	return slices.Concat(described[:len(described)-1], []byte(`,"mime":`), mime, []byte("}")), nil
}

// streamInfo is one stream of open and epoch messages.
type streamInfo struct {
	ID     int      `json:"id"`
	MIME   string   `json:"mime"`
	Tracks []uint32 `json:"tracks"`
}

type openMessage struct {
	Type     string       `json:"type"`
	Epoch    int          `json:"epoch"`
	Duration *float64     `json:"duration"` // null for what is live
	Growing  bool         `json:"growing"`
	ETag     string       `json:"etag"`
	From     float64      `json:"from"`
	Window   *[2]float64  `json:"window,omitempty"` // of what is live: the times between which it can be had
	Streams  []streamInfo `json:"streams"`
	Tracks   []Track      `json:"tracks"`
}

type dataMessage struct {
	Type   string  `json:"type"`
	Epoch  int     `json:"epoch"`
	Stream int     `json:"stream"`
	Kind   string  `json:"kind"`
	Seq    int     `json:"seq"`
	Start  float64 `json:"start"`
	End    float64 `json:"end"`
	Bytes  int64   `json:"bytes"`
	Last   bool    `json:"last"`
}

// text is the message as JSON. It is by far the most frequent: to write it out
// takes a tenth of the time, and of the stack that each viewer keeps, of
// encoding/json.
func (m dataMessage) text() []byte {
	b := make([]byte, 0, 160)
	b = append(b, `{"type":"data","epoch":`...)
	b = strconv.AppendInt(b, int64(m.Epoch), 10)
	b = append(b, `,"stream":`...)
	b = strconv.AppendInt(b, int64(m.Stream), 10)
	b = append(b, `,"kind":"`...)
	b = append(b, m.Kind...)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, int64(m.Seq), 10)
	b = append(b, `,"start":`...)
	b = strconv.AppendFloat(b, m.Start, 'f', -1, 64)
	b = append(b, `,"end":`...)
	b = strconv.AppendFloat(b, m.End, 'f', -1, 64)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, m.Bytes, 10)
	b = append(b, `,"last":`...)
	b = strconv.AppendBool(b, m.Last)
	return append(b, '}')
}

type epochMessage struct {
	Type    string       `json:"type"`
	Epoch   int          `json:"epoch"`
	Req     *int64       `json:"req,omitempty"` // not of a break of the source
	From    float64      `json:"from"`
	Streams []streamInfo `json:"streams"`
}

type durationMessage struct {
	Type     string      `json:"type"`
	Duration *float64    `json:"duration"`
	Growing  bool        `json:"growing"`
	Window   *[2]float64 `json:"window,omitempty"`
}

type endMessage struct {
	Type  string `json:"type"`
	Epoch int    `json:"epoch"`
}

type errorMessage struct {
	Type    string `json:"type"`
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Fatal   bool   `json:"fatal"`
	Req     *int64 `json:"req,omitempty"`
}

// clientMessage is any message of a client. Pointers tell what was left out
// from what is zero.
type clientMessage struct {
	Type     string   `json:"type"`
	Req      *int64   `json:"req"`
	Time     *float64 `json:"time"`
	First    float64  `json:"first"` // seconds, of a seek; 0 for no such limit
	IDs      []uint32 `json:"ids"`
	Rate     *float64 `json:"rate"`
	Epoch    int      `json:"epoch"`
	Buffered *float64 `json:"buffered"`
	Bytes    *int64   `json:"bytes"`
}

// errNotJSON ends the session, other than a message that is JSON of a wrong
// shape.
var errNotJSON = errors.New("stream: message is not JSON")

func parseMessage(text []byte) (clientMessage, error) {
	if m, ok := parseReport(text); ok {
		return m, nil
	}
	var m clientMessage
	if !utf8.Valid(text) || !json.Valid(text) {
		return m, errNotJSON
	}
	err := json.Unmarshal(text, &m)
	return m, err
}

// marshal never fails: messages hold nothing but numbers that are finite,
// strings and lists of them.
func marshal(message any) []byte {
	text, err := json.Marshal(message)
	if err != nil {
		panic("internal: " + err.Error())
	}
	return text
}
