package access

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TokenParameter is the query parameter that a link carries its token in.
const TokenParameter = "token"

// maxToken is how many bytes a token has at most: its signature may be written in
// longer ways than the one it is made in.
const maxToken = 128

// Scope is what a link is good for.
type Scope string

// The scopes there are. Download covers Watch.
const (
	Watch    Scope = "watch"
	Download Scope = "download"
)

// ParseScope reads the name of a scope.
func ParseScope(name string) (Scope, error) {
	switch s := Scope(name); s {
	case Watch, Download:
		return s, nil
	}
	return "", fmt.Errorf("the scope must be %s or %s, not %q", Watch, Download, name)
}

// covers tells whether a link of this scope is good for what needs another.
func (s Scope) covers(need Scope) bool {
	return need != "" && (s == need || s == Download)
}

// letters stand for scopes in tokens.
var letters = map[string]Scope{"w": Watch, "d": Download}

// Sign makes the token of a link to one film, given by its path in the library
// as the file system has it. The token holds version, scope, expiry and
// signature; the path is signed with them.
func (k Key) Sign(film string, scope Scope, expires time.Time) string {
	until := strconv.FormatInt(expires.Unix(), 36)
	letter := string(scope[:1])
	mac := sum(k.link, version, letter, until, film)
	return strings.Join([]string{version, letter, until, text.EncodeToString(mac)}, ".")
}

// scope is what a token is good for with a film.
func (k Key) scope(token, film string, now time.Time) (Scope, error) {
	if len(token) > maxToken {
		return "", errToken
	}
	f := strings.Split(token, ".")
	if len(f) != 4 || f[0] != version || film == "" {
		return "", errToken
	}
	scope, ok := letters[f[1]]
	if !signed(f[3], k.link, version, f[1], f[2], film) || !ok || !before(now, f[2]) {
		return "", errToken
	}
	return scope, nil
}
