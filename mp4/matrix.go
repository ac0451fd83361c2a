package mp4

// matrix is a transformation of pictures (section 8.2.2): {a b u, c d v, x y w}
// with u, v and w in 2.30 fixed point, the rest in 16.16.
type matrix [9]int32

var unityMatrix = matrix{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}

// isPlain tells whether nothing is transformed. Some writers leave all at zero.
func (m matrix) isPlain() bool { return m == unityMatrix || m == (matrix{}) }

// isAffine tells whether a matrix has the only u, v and w that are allowed.
func (m matrix) isAffine() bool {
	return m[2] == unityMatrix[2] && m[5] == unityMatrix[5] && m[8] == unityMatrix[8]
}

// then is this transformation and then another (section 8.3.2: a track's, and
// then the movie's).
func (m matrix) then(n matrix) matrix {
	product := func(i, k int) int32 {
		return int32((int64(m[i])*int64(n[k]) + int64(m[i+1])*int64(n[k+3])) >> 16)
	}
	r := unityMatrix
	for k := range 2 {
		r[k], r[3+k], r[6+k] = product(0, k), product(3, k), product(6, k)+n[6+k]
	}
	return r
}

// applyMatrix has each track's matrix take in the movie's, since that of what
// is made of the film transforms nothing.
func (m *Movie) applyMatrix(movie matrix) {
	if movie.isPlain() || !movie.isAffine() {
		return
	}
	for _, t := range m.Tracks {
		own := matrix(t.Matrix)
		if own.isPlain() {
			own = unityMatrix
		}
		if own.isAffine() {
			t.Matrix = own.then(movie)
		}
	}
}
