// Package live relays streams: one pull of FLV from another server, any number
// of viewers.
package live
