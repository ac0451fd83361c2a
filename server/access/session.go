package access

import (
	"strconv"
	"strings"
	"time"
)

// version stands before everything that is signed.
const version = "1"

// newSession makes the value of a session's cookie: version, user, expiry and
// signature. The hash of the password is signed, too, so that a session ends
// when the password changes.
func (k Key) newSession(user, hash string, expires time.Time) string {
	until := strconv.FormatInt(expires.Unix(), 36)
	mac := sum(k.session, version, user, until, hash)
	return strings.Join([]string{version, text.EncodeToString([]byte(user)), until, text.EncodeToString(mac)}, ".")
}

// userOf finds the user whose session a cookie is.
func (k Key) userOf(cookie string, users *Users, now time.Time) (user string, err error) {
	f := strings.Split(cookie, ".")
	if len(f) != 4 || f[0] != version {
		return "", errToken
	}
	name, err := text.DecodeString(f[1])
	if err != nil {
		return "", errToken
	}
	hash, known := users.hash(string(name))
	if !signed(f[3], k.session, version, string(name), f[2], hash) || !known || !before(now, f[2]) {
		return "", errToken
	}
	return string(name), nil
}

// before tells whether a time lies before an expiry.
func before(now time.Time, until string) bool {
	seconds, err := strconv.ParseInt(until, 36, 64)
	return err == nil && now.Unix() < seconds
}
