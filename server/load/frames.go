package load

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xa

	final  = 0x80
	masked = 0x80
)

// maxText is the most bytes that a server's text message may have.
const maxText = 1 << 20

var errProtocol = errors.New("the server broke the WebSocket protocol")

// frame is the header of a server's frame.
type frame struct {
	opcode byte
	size   int64 // of the payload, in bytes
}

// readFrame reads the header of an unmasked frame.
func readFrame(r *bufio.Reader) (frame, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return frame{}, err
	}
	if b[0]&0xf0 != final || b[1]&masked != 0 {
		return frame{}, fmt.Errorf("%w: a frame begins with %x", errProtocol, b[:2])
	}
	f := frame{opcode: b[0] & 0x0f, size: int64(b[1])}
	switch f.size {
	case 126:
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return frame{}, err
		}
		f.size = int64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		if _, err := io.ReadFull(r, b[:8]); err != nil {
			return frame{}, err
		}
		f.size = int64(binary.BigEndian.Uint64(b[:8]))
	}
	if f.size < 0 || f.opcode != opBinary && f.size > maxText {
		return frame{}, fmt.Errorf("%w: a frame of %d bytes", errProtocol, uint64(f.size))
	}
	return f, nil
}

// appendFrame makes a frame as a client has to send it: masked.
func appendFrame(b []byte, opcode byte, payload []byte) []byte {
	b = append(b, final|opcode)
	switch n := len(payload); {
	case n <= 125:
		b = append(b, masked|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], rand.Uint32())
	b = append(b, mask[:]...)
	for i, p := range payload {
		b = append(b, p^mask[i%4])
	}
	return b
}
