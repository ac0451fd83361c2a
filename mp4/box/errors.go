package box

import (
	"errors"
	"fmt"
)

// FormatError says that a file breaks the rules of ISO/IEC 14496-12 in a way
// that can't be read around.
type FormatError struct {
	Box    string // path of the box, such as "moov/trak/tkhd"; "" for the file as a whole
	Offset int64  // where in the file, in bytes from its start
	Reason string // what is wrong, in a few words
}

// Error tells the box, the byte offset and what is wrong there.
func (e *FormatError) Error() string { return describe(e.Box, e.Offset, e.Reason) }

// UnsupportedError says that a file may be right, but uses what vodsrv does
// not read.
type UnsupportedError struct {
	Box    string // path of the box
	Offset int64  // where in the file, in bytes from its start
	Reason string // what is not supported, in a few words
}

// Error tells the box, the byte offset and what is not supported there.
func (e *UnsupportedError) Error() string { return describe(e.Box, e.Offset, e.Reason) }

func describe(path string, offset int64, reason string) string {
	if path == "" {
		return fmt.Sprintf("byte %d: %s", offset, reason)
	}
	return fmt.Sprintf("box %s at byte %d: %s", path, offset, reason)
}

// Errorf makes a FormatError.
func Errorf(path string, offset int64, format string, args ...any) error {
	return &FormatError{Box: path, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// within puts the path of the container before that of a FormatError's box.
func within(path string, err error) error {
	var format *FormatError
	if !errors.As(err, &format) {
		return err
	}
	return &FormatError{join(path, format.Box), format.Offset, format.Reason}
}

func join(path, box string) string {
	if path == "" || box == "" {
		return path + box
	}
	return path + "/" + box
}
