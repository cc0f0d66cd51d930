package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// maskSnapshot is a copy of a snapshot without anything that is to be hidden. Whatever text a snapshot has, now or in a later version, goes
// through the masker; only the domain's own words stay.
func (m *Masker) maskSnapshot(s *vital.Snapshot) (*vital.Snapshot, error) {
	copied, err := copySnapshot(s)
	if err != nil {
		return nil, err
	}
	copied.Name, copied.Identity = m.Name(s.Name), m.Identity(s.Identity)
	if p := copied.Pairing; p != nil {
		p.QR, p.PhoneCode = "", ""
		p.PhoneFor = m.Number(p.PhoneFor)
	}
	client := copied.Client
	eachText(reflect.ValueOf(copied).Elem(), m.Text, m.Word)
	copied.Client.Version, copied.Client.Latest = m.Version(client.Version), m.Version(client.Latest)
	return copied, nil
}

// copySnapshot is a deep copy, as it comes back from a file.
func copySnapshot(s *vital.Snapshot) (*vital.Snapshot, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("copy a snapshot: %w", err)
	}
	copied := new(vital.Snapshot)
	if err := json.Unmarshal(data, copied); err != nil {
		return nil, fmt.Errorf("copy a snapshot: %w", err)
	}
	return copied, nil
}

// eachText replaces every string in a value by what text makes of it, or word where the type says that it is one of the domain's words. Bytes
// are dropped, and times are as stamp makes them.
func eachText(v reflect.Value, text, word func(string) string) {
	switch v.Kind() {
	case reflect.String:
		do := word
		if v.Type() == reflect.TypeFor[string]() {
			do = text
		}
		v.SetString(do(v.String()))
	case reflect.Struct:
		if at, isTime := v.Interface().(time.Time); isTime {
			v.Set(reflect.ValueOf(stamp(at)))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				eachText(v.Field(i), text, word)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), text, word)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetZero()
			return
		}
		for i := range v.Len() {
			eachText(v.Index(i), text, word)
		}
	case reflect.Array:
		for i := range v.Len() {
			eachText(v.Index(i), text, word)
		}
	case reflect.Map:
		eachOfMap(v, text, word)
	case reflect.Interface:
		v.SetZero()
	}
}

func eachOfMap(v reflect.Value, text, word func(string) string) {
	if v.IsNil() {
		return
	}
	replaced := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.Set(it.Key())
		value.Set(it.Value())
		eachText(key, text, word)
		eachText(value, text, word)
		replaced.SetMapIndex(key, value)
	}
	v.Set(replaced)
}

// readSnapshot takes a snapshot from a file that may say anything.
func readSnapshot(data []byte) (*vital.Snapshot, error) {
	s := new(vital.Snapshot)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, err
	}
	eachText(reflect.ValueOf(s).Elem(), plain, plain)
	for _, known := range []struct {
		value, most uint8
		what        string
	}{
		{uint8(s.State), uint8(vital.StateError), "state"}, {uint8(s.Phase), uint8(vital.PhaseReady), "phase"},
		{uint8(s.Ready), uint8(vital.ReadyClosed), "ready state"}, {uint8(s.Breaker.State), uint8(vital.BreakerOpen), "breaker"},
		{uint8(s.Failure.Phase), uint8(vital.PhaseReady), "phase"},
	} {
		if known.value > known.most {
			return nil, fmt.Errorf("%s %d: %w", known.what, known.value, vital.ErrUnknownName)
		}
	}
	return s, nil
}

// longestText is how much of a text is taken from a file.
const longestText = 4096

// plain is a text from a file, fit for a terminal: one line of what can be printed.
func plain(s string) string {
	if len(s) > longestText {
		s = s[:longestText]
	}
	return vital.OneLine(s)
}
