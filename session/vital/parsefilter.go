package vital

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxFilter bounds the text of a filter, in bytes.
const maxFilter = 4096

// ParseFilter reads a filter in one line: words with spaces between them, of which those with a key say what is wanted and all others must be in the event.
//
//	session:sales,support kind:operation level:warn since:2h until:2026-08-22T14:00 "timed out"
//
// Double quotes hold spaces, commas and colons together; in them \" is a quote and \\ a backslash. Now is what ages count from, and its location that of
// times without one. Errors are of type *FilterError.
func ParseFilter(text string, now time.Time) (Filter, error) {
	var f Filter
	if len(text) > maxFilter {
		return f, &FilterError{text[:20] + "…", fmt.Sprintf("it is longer than %d bytes", maxFilter)}
	}
	if !utf8.ValidString(text) {
		return f, &FilterError{strings.ToValidUTF8(text, "�"), "it is not UTF-8"}
	}
	for rest := text; ; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			return f, nil
		}
		key, values, after, err := nextWord(rest)
		if err != nil {
			return Filter{}, err
		}
		if err := f.add(key, values, rest[:len(rest)-len(after)], now); err != nil {
			return Filter{}, err
		}
		rest = after
	}
}

// nextWord takes the first word off a text: its key, "" for none, and what stands there, several where commas part them after a key.
func nextWord(text string) (key string, values []string, rest string, err error) {
	rest = text
	if i := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' }); i > 0 && rest[i] == ':' {
		key, rest = rest[:i], rest[i+1:]
	}
	var value strings.Builder
	for rest != "" {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r):
			return key, append(values, value.String()), rest, nil
		case r == '"':
			if rest, err = quoted(rest, &value); err != nil {
				return "", nil, "", err
			}
			continue
		case r == ',' && key != "":
			values = append(values, value.String())
			value.Reset()
		default:
			value.WriteRune(r)
		}
		rest = rest[size:]
	}
	return key, append(values, value.String()), "", nil
}

// quoted reads what stands between quotes and returns what comes after them.
func quoted(text string, into *strings.Builder) (rest string, err error) {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return text[i+1:], nil
		case '\\':
			if i+1 == len(text) || text[i+1] != '"' && text[i+1] != '\\' {
				return "", &FilterError{text, `a backslash in quotes stands before a quote or another backslash`}
			}
			i++
		}
		into.WriteByte(text[i])
	}
	return "", &FilterError{text, "the closing quote is missing"}
}

// add takes a word into the filter.
func (f *Filter) add(key string, values []string, word string, now time.Time) error {
	if key == "" {
		if values[0] != "" { // "" is in everything
			f.Text = append(f.Text, values[0])
		}
		return nil
	}
	if slices.Contains(values, "") {
		return &FilterError{word, "nothing stands after the " + map[bool]string{true: "colon", false: "comma, or before it"}[len(values) == 1]}
	}
	switch key {
	case "session":
		f.Sessions = append(f.Sessions, values...)
		return nil
	case "kind":
		return f.addKinds(values, word)
	case "level", "since", "until":
	default:
		return &FilterError{word, fmt.Sprintf(`the keys are session, kind, level, since and until; to search for it as a text put it in quotes: %q`, word)}
	}
	if len(values) > 1 {
		return &FilterError{word, "there can be only one " + key}
	}
	switch key {
	case "level":
		level, err := ParseLevel(values[0])
		if err != nil {
			return &FilterError{word, "the levels are debug, info, warn and error"}
		}
		f.Level = level
		return nil
	case "since":
		return setTime(&f.Since, values[0], word, now)
	default:
		return setTime(&f.Until, values[0], word, now)
	}
}

func (f *Filter) addKinds(values []string, word string) error {
	for _, v := range values {
		if !slices.Contains(Kinds(), Kind(v)) {
			names := make([]string, len(Kinds()))
			for i, k := range Kinds() {
				names[i] = string(k)
			}
			return &FilterError{word, "the kinds are " + strings.Join(names, ", ")}
		}
		f.Kinds = append(f.Kinds, Kind(v))
	}
	return nil
}

func setTime(to *time.Time, value, word string, now time.Time) error {
	at, err := ParseWhen(value, now)
	if err != nil {
		return &FilterError{word, err.Error()}
	}
	*to = at
	return nil
}

// ParseWhen reads a moment: an age such as 90s, 2h or 3d, a time of today such as 14:02 or 14:02:11, a day, or a day and time, with or without a zone; without
// one it is in now's.
func ParseWhen(text string, now time.Time) (time.Time, error) {
	if age, err := parseAge(text); err == nil {
		return now.Add(-age), nil
	}
	for _, form := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(form, text); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location()), nil
		}
	}
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write an age (90s, 2h, 3d), a time of today (14:02), or a day with or without a time (2026-08-22T14:02)", text)
}

// parseAge is time.ParseDuration with days before the rest, for what is not negative.
func parseAge(text string) (time.Duration, error) {
	var days uint64
	if head, tail, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(head, 10, 15)
		if err != nil {
			return 0, err
		}
		days, text = n, tail
		if text == "" {
			text = "0s"
		}
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest < 0 || text == "0" {
		return 0, fmt.Errorf("%q: %w", text, ErrUnknownName)
	}
	return time.Duration(days)*24*time.Hour + rest, nil
}
