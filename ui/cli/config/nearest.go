package config

import "strings"

// furthest is how many letters may be wrong in a key whose like is suggested.
const furthest = 3

// nearest is the key that is most like a name, or "" if none is.
func nearest(name string) string {
	var keys []string
	for _, s := range settings() {
		keys = append(keys, s.key)
	}
	return Nearest(name, keys)
}

// Nearest is the one of some names that is most like what was written, or "" if none is.
func Nearest(written string, names []string) string {
	written = strings.ReplaceAll(strings.ToLower(written), "_", "-")
	best, least := "", furthest+1
	for _, name := range names {
		if d := distance(written, name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed to make one text of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
