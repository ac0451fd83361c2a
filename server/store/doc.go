// Package store is a folder of films in an object store that speaks S3.
//
// Objects are read by ranges in blocks that all viewers share; the next block
// is asked for when a reader is in the middle of one, so that reading ahead goes
// at the pace of playing. Each object is pinned by its ETag: every range is asked
// for with If-Match, and bytes of two objects of one name never mix. What can't
// be had is asked for again, with growing pauses, for as long as it is worth
// waiting.
package store
