package access

import (
	"net/netip"
	"time"
)

// DefaultSession is how long a session lasts.
const DefaultSession = 7 * 24 * time.Hour

// Config says who is let in. With a zero Users only links are.
type Config struct {
	Users *Reloading[*Users] // nil for none
	Key   Key
	// KeyStays says that the key is the same after a restart, so that links
	// signed with it stay good.
	KeyStays bool
	Session  time.Duration // default: DefaultSession
}

// Door lets users and bearers of links in. It is safe for any number of
// goroutines.
type Door struct {
	config    Config
	passwords *passwords
}

// New makes a Door.
func New(c Config) *Door {
	if c.Session == 0 {
		c.Session = DefaultSession
	}
	return &Door{config: c, passwords: newPasswords()}
}

// Request is what the door looks at.
type Request struct {
	Client         netip.Addr // whom tries are counted for, see Site
	Cookies        []string   // what may be a session
	Basic          bool       // User and Password were given
	User, Password string
	Token          string // of a link

	Route Route
	Film  string // its path in the library; "" if it is not about one film
}

// Who is someone who was let in.
type Who struct {
	User string
	Link Scope // of the link that let its bearer in; "" for none
}

// String is for the log.
func (w Who) String() string {
	switch {
	case w.User != "":
		return "user " + w.User
	case w.Link != "":
		return string(w.Link) + " link"
	}
	return "anyone"
}

// HasUsers tells whether there is anyone who could log in.
func (d *Door) HasUsers() bool { return d.config.Users != nil }

// CanSign tells whether the door signs links. A nil Door does not.
func (d *Door) CanSign() bool { return d != nil && d.config.KeyStays }

// Sign makes the token of a link, see Key.Sign.
func (d *Door) Sign(film string, scope Scope, expires time.Time) string {
	return d.config.Key.Sign(film, scope, expires)
}

// Judge decides on a request. Errors are ErrUnauthorized and *WaitError.
func (d *Door) Judge(r Request, now time.Time) (Who, error) {
	if r.Route.Open {
		return Who{}, nil
	}
	if user := d.session(r.Cookies, now); user != "" {
		return Who{User: user}, nil
	}
	if scope, err := d.config.Key.scope(r.Token, r.Film, now); err == nil && scope.covers(r.Route.Link) {
		return Who{Link: scope}, nil
	}
	if !r.Basic || !d.HasUsers() {
		return Who{}, ErrUnauthorized
	}
	if _, err := d.passwords.verify(d.config.Users.Get(), r.Client, r.User, r.Password, now); err != nil {
		return Who{}, err
	}
	return Who{User: r.User}, nil
}

// maxCookies is how many cookies of a session's name are looked at: other
// servers of the same host may set some, too.
const maxCookies = 4

// session is the user whose session is among cookies; "" if it is nobody's.
func (d *Door) session(cookies []string, now time.Time) string {
	if !d.HasUsers() || len(cookies) == 0 {
		return ""
	}
	users := d.config.Users.Get()
	for _, c := range cookies[:min(len(cookies), maxCookies)] {
		if user, err := d.config.Key.userOf(c, users, now); err == nil {
			return user
		}
	}
	return ""
}

// Session is a session that began.
type Session struct {
	Cookie  string // the value of the cookie
	Expires time.Time
}

// Login begins a session. Errors are ErrUnauthorized and *WaitError.
func (d *Door) Login(client netip.Addr, user, password string, now time.Time) (Session, error) {
	if !d.HasUsers() {
		return Session{}, ErrUnauthorized
	}
	hash, err := d.passwords.verify(d.config.Users.Get(), client, user, password, now)
	if err != nil {
		return Session{}, err
	}
	s := Session{Expires: now.Add(d.config.Session)}
	s.Cookie = d.config.Key.newSession(user, hash, s.Expires)
	return s, nil
}
