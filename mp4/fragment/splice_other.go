//go:build !linux

package fragment

import (
	"context"
	"errors"
	"os"
)

// newSplicer fails: only Linux splices files.
func newSplicer(context.Context, *os.File, *os.File) (fileWriter, error) {
	return nil, errors.ErrUnsupported
}
