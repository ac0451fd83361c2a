package access

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
)

// minKey is how many bytes a key has at least. It is to be random: whoever
// guesses it makes sessions and links.
const minKey = 32

// Key signs sessions and links.
type Key struct{ session, link []byte }

// ParseKey takes what a key file or a variable holds. White space around it is
// no part of it.
func ParseKey(secret []byte) (Key, error) {
	secret = bytes.TrimSpace(secret)
	if len(secret) < minKey {
		return Key{}, fmt.Errorf("the key has %d bytes and must have at least %d; make one with: openssl rand -base64 32", len(secret), minKey)
	}
	return Key{session: sum(secret, "vodsrv session"), link: sum(secret, "vodsrv link")}, nil
}

// ReadKey reads a key file.
func ReadKey(file string) (Key, error) {
	secret, err := os.ReadFile(file)
	if err != nil {
		return Key{}, err
	}
	key, err := ParseKey(secret)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

// RandomKey makes a key that nobody else has.
func RandomKey() Key {
	return Key{session: random(), link: random()}
}

func random() []byte {
	b := make([]byte, minKey)
	_, _ = rand.Read(b) // it never fails
	return b
}

// sum is the HMAC-SHA256 of fields, of which none but the last may hold a zero
// byte.
func sum(key []byte, fields ...string) []byte {
	h := hmac.New(sha256.New, key)
	for i, f := range fields {
		if i > 0 {
			h.Write([]byte{0})
		}
		h.Write([]byte(f))
	}
	return h.Sum(nil)
}

var errToken = errors.New("access: not one of our signatures")

// text is how bytes stand in cookies and URLs.
var text = base64.RawURLEncoding.Strict()

// signed tells whether a text is the signature of fields, in a time that says
// nothing of where they differ.
func signed(mac string, key []byte, fields ...string) bool {
	given, err := text.DecodeString(mac)
	return err == nil && hmac.Equal(given, sum(key, fields...))
}
