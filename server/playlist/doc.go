// Package playlist tells of a film's segments as HLS (RFC 8216 and its
// successor, draft-pantos-hls-rfc8216bis) and DASH (ISO/IEC 23009-1) do. It
// knows no server: all it is given is the plan of the film, sizes, and the names
// to use.
package playlist
