package server

import (
	"io"

	"golang.org/x/net/websocket"

	"vodsrv/server/stream"
)

// closeGone is no close code: the connection broke.
const closeGone = -1

// maxControl is the most bytes that a control frame carries (RFC 6455, 5.5).
const maxControl = 125

// frameHead is what stands before a frame's payload (RFC 6455, 5.2).
type frameHead struct {
	final, reserved, masked bool
	opcode                  byte
	size                    int64 // of the payload, in bytes
}

// parseHead reads a header, given the length of the whole frame; of one too
// long for an int the length is negative.
func parseHead(b []byte, length int) frameHead {
	return frameHead{
		final: b[0]&0x80 != 0, reserved: b[0]&0x70 != 0, masked: b[1]&0x80 != 0,
		opcode: b[0] & 0x0f, size: int64(length) - int64(len(b)),
	}
}

// refusal is the close code for a frame that clients may not send; 0 for one
// that they may. It looks at headers alone, so that nothing large is read.
func (h frameHead) refusal() int {
	control := h.opcode >= websocket.CloseFrame
	switch {
	case h.reserved, !h.masked, h.opcode > websocket.PongFrame:
		return stream.CloseProtocolError
	case control && (!h.final || h.size < 0 || h.size > maxControl):
		return stream.CloseProtocolError
	case control:
		return 0
	case h.opcode > websocket.BinaryFrame:
		return stream.CloseProtocolError
	case h.opcode != websocket.TextFrame, !h.final:
		return stream.CloseUnsupportedData
	case h.size < 0 || h.size > stream.MaxClientMessage:
		return stream.CloseTooBig
	}
	return 0
}

// readMessage reads one frame. It returns the text of a message, nil for a
// control frame, or the code to close the connection with: CloseNormal if the
// client asked for it, closeGone if there is nobody to close it with.
func readMessage(ws *websocket.Conn) (text []byte, code int) {
	frame, err := ws.NewFrameReader()
	if err != nil {
		return nil, closeGone
	}
	head := make([]byte, maxHead+maskSize)
	n, err := io.ReadAtLeast(frame.HeaderReader(), head, minHead)
	if err != nil {
		return nil, closeGone
	}
	h := parseHead(head[:n], frame.Len())
	if code := h.refusal(); code != 0 {
		return nil, code
	}
	if h.opcode == websocket.CloseFrame {
		return nil, stream.CloseNormal
	}
	payload, err := ws.HandleFrame(frame)
	if err != nil {
		return nil, closeGone
	}
	if payload == nil {
		return nil, 0 // a ping, answered, or a pong
	}
	text = make([]byte, h.size)
	if _, err := io.ReadFull(payload, text); err != nil {
		return nil, closeGone
	}
	return text, 0
}
