// Package access decides who may ask for what: users with passwords, sessions
// in cookies, and signed links to one film. It knows no network: it is given
// plain values and returns decisions.
package access
