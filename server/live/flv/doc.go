// Package flv reads FLV (Adobe Flash Video File Format Specification 10.1,
// annex E) with its enhancement (Enhanced RTMP v2) from a stream of bytes: a
// file, or what a server sends without end.
package flv
