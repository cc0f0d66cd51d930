package config

import "strings"

// furthest is how many letters may be wrong in a key whose like is suggested.
const furthest = 3

// nearest is the key that is most like a name, or "" if none is.
func nearest(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	best, least := "", furthest+1
	for _, s := range settings() {
		if d := distance(name, s.key); d < least && d < len(s.key) {
			best, least = s.key, d
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
