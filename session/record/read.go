package record

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/wapulse/wapulse/session/vital"
)

// MostLines is how many lines each list of a report has at most.
const MostLines = 200_000

// Bounds of what Load takes. A report of a busy hour has a few megabytes.
const (
	maxFile    = 128 << 20 // of the bundle
	maxEntries = 64
	maxText    = 256 << 20 // of all its files together, unpacked
	maxLine    = 256 << 10
	maxHead    = 4 << 20 // of report.json
)

// LoadFile reads a bundle from a file. The errors are Load's and those of opening a file.
func LoadFile(path string) (*Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w", path, ErrForeign)
	}
	r, err := Load(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

// Load reads a bundle of so many bytes. The errors are ErrForeign, ErrDamaged, ErrNewer and ErrTooLarge, with more about it, and those of r.
func Load(r io.ReaderAt, size int64) (*Record, error) {
	if size > maxFile {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, size)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, notZip(r, err)
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%w: %d files in it", ErrForeign, len(z.File))
	}
	u := unpacking{files: map[string]*zip.File{}, left: maxText}
	told := uint64(0)
	for _, f := range z.File {
		if told += min(f.UncompressedSize64, maxText+1); told > maxText { // one that tells less than it has is found out while it is read
			return nil, fmt.Errorf("%w: %s", ErrTooLarge, plain(f.Name))
		}
		if _, twice := u.files[f.Name]; twice {
			return nil, fmt.Errorf("%w: %q is in it twice", ErrDamaged, plain(f.Name))
		}
		u.files[f.Name] = f // a name is looked up, and never a path
	}
	return u.record()
}

// notZip tells a part of a report from something else.
func notZip(r io.ReaderAt, err error) error {
	var magic [4]byte
	if n, _ := r.ReadAt(magic[:], 0); n == len(magic) && string(magic[:]) == "PK\x03\x04" {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fmt.Errorf("%w: %w", ErrForeign, err)
}

// unpacking is a bundle that is being read.
type unpacking struct {
	files map[string]*zip.File
	left  int64 // bytes that may still come
}

func (u *unpacking) record() (*Record, error) {
	if u.files[fileReport] == nil {
		return nil, fmt.Errorf("%w: there is no %s in it", ErrForeign, fileReport)
	}
	rec := new(Record)
	if err := u.head(rec); err != nil {
		return nil, err
	}
	id, name := rec.last.ID, rec.last.Name
	for _, list := range []func() error{
		func() error {
			return readLines(u, fileEvents, &rec.events, func(l eventLine) (vital.Event, error) { return l.event(id, name) })
		},
		func() error {
			return readLines(u, fileTransitions, &rec.transitions, func(l transitionLine) (vital.Transition, error) { return l.transition(id) })
		},
		func() error {
			return readLines(u, fileVitals, &rec.samples, func(l sampleLine) (Sample, error) { return l.sample(), nil })
		},
		func() error {
			return readLines(u, fileDials, &rec.dials, func(l dialLine) (vital.Dial, error) { return l.dial(id) })
		},
		func() error {
			return readLines(u, fileDiagnoses, &rec.diagnoses, func(l diagnosisLine) (vital.Diagnosed, error) { return l.diagnosed(id), nil })
		},
	} {
		if err := list(); err != nil { // what is wrong with one is wrong with the report: the others are not looked at
			return nil, err
		}
	}
	rec.arrange()
	return rec, nil
}

// head reads report.json.
func (u *unpacking) head(rec *Record) error {
	data, err := u.read(fileReport, maxHead)
	if err != nil {
		return err
	}
	var h head
	var marks struct {
		Program string `json:"program"`
		Format  int    `json:"format"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(data, &marks); err != nil || marks.Program != program {
		return fmt.Errorf("%w: %s is not as wapulse writes it", ErrForeign, fileReport)
	}
	if marks.Format > Format {
		return fmt.Errorf("%w, %s", ErrNewer, plain(marks.Version))
	}
	if err := json.Unmarshal(data, &h); err != nil || h.Format < 1 {
		return fmt.Errorf("%w: %s: %v", ErrDamaged, fileReport, err) //nolint:errorlint // the cause is for people
	}
	if rec.last, err = readSnapshot(h.Snapshot); err != nil {
		return fmt.Errorf("%w: %s: %v", ErrDamaged, fileReport, err) //nolint:errorlint // the cause is for people
	}
	if h.To.Before(h.From) {
		return fmt.Errorf("%w: it ends before it begins", ErrDamaged)
	}
	rec.about = About{
		Maker: Maker{Version: plain(h.Version), Go: plain(h.Go), Platform: plain(h.Platform), Whatsmeow: plain(h.Whatsmeow)},
		Made:  h.Made, From: h.From, To: h.To, Live: h.Live,
	}
	for name, value := range h.Settings {
		rec.about.Settings = append(rec.about.Settings, Setting{plain(name), plain(value)})
	}
	slices.SortFunc(rec.about.Settings, func(a, b Setting) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// open unpacks a file of the bundle, as long as there is room for it.
func (u *unpacking) open(name string) (io.ReadCloser, error) {
	f, err := u.files[name].Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	return f, nil
}

func (u *unpacking) read(name string, most int64) ([]byte, error) {
	f, err := u.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	u.left -= int64(len(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%w: %s", ErrTooLarge, name)
	}
	return data, nil
}

// readLines reads a file of lines. One that is not there has none.
func readLines[L, T any](u *unpacking, name string, into *[]T, value func(L) (T, error)) error {
	if u.files[name] == nil {
		return nil
	}
	f, err := u.open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	limited := &io.LimitedReader{R: f, N: u.left + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		if n > MostLines || limited.N == 0 {
			return fmt.Errorf("%w: %s", ErrTooLarge, name)
		}
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var line L
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("%w: %s, line %d", ErrDamaged, name, n)
		}
		v, err := value(line)
		if err != nil {
			return fmt.Errorf("%w: %s, line %d: %s", ErrDamaged, name, n, plain(err.Error()))
		}
		*into = append(*into, v)
	}
	u.left = max(0, limited.N-1)
	if limited.N == 0 {
		return fmt.Errorf("%w: %s", ErrTooLarge, name)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	}
	return nil
}

// About is what a bundle says of itself.
type About struct {
	Maker    Maker
	Made     time.Time
	From, To time.Time // the time that it is about
	Live     bool      // made by the wapulse that ran the session
	Settings []Setting // in the order of their names
}
