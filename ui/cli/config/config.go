// Package config reads what a person sets for the whole program: flags first, then the environment, then the config file, then the defaults. The
// commands of ui/cli use it. It reads and checks only; it creates no file and no folder, starts nothing, and keeps nothing between two calls.
//
// What can be set is in one table, settings.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/session/whatsapp"
)

const (
	flagConfig        = "config" // names the config file, so it cannot be in it
	environmentPrefix = "WAPULSE_"
)

// ErrHalfEndpoint says that a server was named without its root key, or the other way round.
var ErrHalfEndpoint = errors.New("--endpoint and --root-key belong together: the one without the other is of no use")

// Config is what was set.
type Config struct {
	DB        string             // path of the database
	DefaultDB bool               // DB is the default: its folder is wapulse's own
	LogFile   string             // "" for no log
	Endpoint  *whatsapp.Endpoint // nil for WhatsApp itself
	Proxy     vital.Proxy        // of sessions that have none of their own
	Region    string             // two letters, of numbers without their country's code; "" for the locale's
	Rate      float64            // queries a second on each session, for jobs; -1 for no limit
	Batch     int                // numbers in a query at most
	FPS       int                // frames a second at most
	Notify    Notify
	Theme     string // the dashboard's looks: one of Themes
	ASCII     *bool  // nothing else is drawn, or other signs too; nil: as the terminal is
	File      string // that was read; "" for none

	values     map[string]any    // what is in force, by key
	from       map[string]string // who says so; not those that nobody set
	sections   []Section
	said       map[string]map[string]saidTexts // in sections
	objections []Problem
}

// Notify is what the dashboard tells besides what it draws.
type Notify struct {
	Bell    bool // the terminal's, when a session goes to ERROR
	Desktop bool // a notification by the terminal, likewise
	Title   bool // the terminal's title shows the worst state
}

// IsGlobal says whether a flag, "db" or "db=file", or a variable, "WAPULSE_DB=file", is settled by the process that holds the database.
func IsGlobal(setting string) bool {
	name, _, _ := strings.Cut(setting, "=")
	if name == flagConfig || name == variableOf(flagConfig) {
		return true
	}
	for _, s := range settings() {
		if s.holder && (name == s.key || name == s.variable()) {
			return true
		}
	}
	return false
}

// AddFlags defines the global flags.
func AddFlags(flags *pflag.FlagSet) {
	flags.String(keyDB, "", "database `file` (WAPULSE_DB); default: "+defaultDB())
	flags.String(keyLogFile, "", "append a log to this `file` (WAPULSE_LOG_FILE); default: no log")
	flags.String(keyEndpoint, "", "`URL` of a simulator on this machine instead of WhatsApp (WAPULSE_ENDPOINT)")
	flags.String(keyRootKey, "", "the simulator's root key in `hex` (WAPULSE_ROOT_KEY)")
	flags.String(keyProxy, "", "connect through this proxy `URL`, http, https or socks5, and never round it (WAPULSE_PROXY)")
	flags.Bool(keyASCII, false, "draw with ASCII only, or with --ascii=false never so (WAPULSE_ASCII); default: as the locale and the terminal want it")
	flags.String(flagConfig, "", "config `file` (WAPULSE_CONFIG); default: "+DefaultFile())
}

// Load reads the flags, those that AddFlags defined and others that have a setting's name, the environment in the form of os.Environ, and the config
// file, which may have those sections too. The error is a FileError if something is wrong in the file; what sections object to is in Objections.
func Load(flags *pflag.FlagSet, environ []string, sections ...Section) (Config, error) {
	l := newLoading()
	l.sections = sections
	path, isNamed := FileFor(flags, environ)
	if err := l.file(path, isNamed); err != nil {
		return Config{}, err
	}
	return l.load(flags, environ)
}

// LoadLent reads flags and environment only, for a command that another process has called: its own config file is in that environment, see ForHolder.
func LoadLent(flags *pflag.FlagSet, environ []string, _ ...Section) (Config, error) {
	return newLoading().load(flags, environ)
}

// FileFor is the config file that is read, and whether it was named: then it has to be there.
func FileFor(flags *pflag.FlagSet, environ []string) (path string, isNamed bool) {
	if f := flags.Lookup(flagConfig); f != nil && f.Value.String() != "" {
		return f.Value.String(), true
	}
	for _, pair := range environ {
		if value, ok := strings.CutPrefix(pair, variableOf(flagConfig)+"="); ok && value != "" {
			path = value
		}
	}
	if path != "" {
		return path, true
	}
	return DefaultFile(), false
}

// CheckFile says what is wrong with a config file that may have those sections: a FileError, or why it cannot be read. It returns how many keys it sets.
func CheckFile(path string, sections ...Section) (int, error) {
	read, err := readFile(path, sections)
	if err != nil {
		return 0, err
	}
	if problems := read.objections(sections); len(problems) > 0 {
		return 0, &FileError{path, problems}
	}
	return read.keys(), nil
}

// ForHolder is what the config file says of a command, as variables for the environment in which another process runs it.
func (c Config) ForHolder() []string {
	var pairs []string
	for _, s := range settings() {
		if !s.holder && c.File != "" && strings.HasPrefix(c.from[s.key], placeIn(c.File)) {
			pairs = append(pairs, fmt.Sprintf("%s=%v", s.variable(), c.values[s.key]))
		}
	}
	return pairs
}

// placeIn is how a place in a config file is named, without the line's number.
func placeIn(path string) string { return path + ", line " }

// loading is a Config under way: each source is laid over those before it.
type loading struct {
	k    *koanf.Koanf
	from map[string]string
	read string // the config file
	err  error  // of the source that is being read

	sections []Section
	contents contents
}

func newLoading() *loading {
	return &loading{k: koanf.New("."), from: map[string]string{}}
}

func (l *loading) file(path string, isNamed bool) error {
	read, err := readFile(path, l.sections)
	if errors.Is(err, fs.ErrNotExist) && !isNamed {
		return nil
	}
	if err != nil {
		return err
	}
	l.read, l.contents = path, read
	flat := make(map[string]any, len(read.values))
	for key, v := range read.values {
		flat[key] = v.value
		l.from[key] = fmt.Sprint(placeIn(path), v.line)
	}
	return l.k.Load(confmap.Provider(flat, "."), nil)
}

// load lays the environment and the flags over what is there.
func (l *loading) load(flags *pflag.FlagSet, environ []string) (Config, error) {
	byVariable := make(map[string]setting)
	for _, s := range settings() {
		byVariable[s.variable()] = s
	}
	fromEnvironment := env.Provider(".", env.Opt{
		Prefix:      environmentPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			s, ok := byVariable[name]
			if _, isText := s.unset.(string); !ok || value == "" && !isText {
				return "", nil
			}
			return l.said(s, name, value)
		},
	})
	if err := errors.Join(l.k.Load(fromEnvironment, nil), l.err); err != nil {
		return Config{}, err
	}
	fromFlags := posflag.ProviderWithFlag(flags, ".", l.k, func(f *pflag.Flag) (string, any) {
		s, ok := settingOf(f.Name)
		if !ok || !f.Changed {
			return "", nil
		}
		return l.said(s, "--"+f.Name, f.Value.String())
	})
	if err := errors.Join(l.k.Load(fromFlags, nil), l.err); err != nil {
		return Config{}, err
	}
	return l.config()
}

// said takes down what somebody says of a setting.
func (l *loading) said(s setting, from, text string) (string, any) {
	value, ok := s.kind.parse(text)
	err := fmt.Errorf("%q is not %s", text, s.kind.name)
	if ok {
		err = s.mayBe(value)
	}
	if err != nil {
		l.err = errors.Join(l.err, fmt.Errorf("%s: %w", from, err))
		return "", nil
	}
	l.from[s.key] = from
	return s.key, value
}

func (l *loading) config() (Config, error) {
	c := Config{
		File: l.read, values: map[string]any{}, from: l.from, sections: l.sections, said: l.contents.sections, objections: l.contents.objections(l.sections),
	}
	for _, s := range settings() {
		c.values[s.key] = s.unset
		if value := l.k.Get(s.key); value != nil && value != "" {
			c.values[s.key] = value
		} else if value == "" {
			delete(l.from, s.key) // somebody wants the default
		}
	}
	c.DB, c.LogFile, c.Region = c.text(keyDB), c.text(keyLogFile), strings.ToUpper(strings.TrimSpace(c.text(keyRegion)))
	c.DefaultDB = l.from[keyDB] == ""
	c.Rate, _ = c.values[keyRate].(float64)
	c.Batch, _ = c.values[keyBatch].(int)
	c.FPS, _ = c.values[keyFPS].(int)
	c.Notify = Notify{Bell: c.yes(keyBell), Desktop: c.yes(keyDesktop), Title: c.yes(keyTitle)}
	c.Theme = c.text(keyTheme)
	if only, decided := c.values[keyASCII].(bool); decided {
		c.ASCII = &only
	}
	proxy, err := vital.ParseProxy(c.text(keyProxy))
	if err != nil {
		return Config{}, fmt.Errorf("--proxy: %w", err)
	}
	c.Proxy = proxy
	url, rootKey := c.text(keyEndpoint), c.text(keyRootKey)
	if (url == "") != (rootKey == "") {
		return Config{}, ErrHalfEndpoint
	}
	if url == "" {
		return c, nil
	}
	endpoint, err := whatsapp.ParseEndpoint(url, rootKey)
	if err != nil {
		return Config{}, fmt.Errorf("use another server: %w", err)
	}
	c.Endpoint = endpoint
	return c, nil
}

// text is what a setting of that kind says.
func (c Config) text(key string) string {
	text, _ := c.values[key].(string)
	return text
}

func (c Config) yes(key string) bool {
	yes, _ := c.values[key].(bool)
	return yes
}

// defaultDB is in the data folder of the user, where the system's conventions put it.
func defaultDB() string { return filepath.Join(xdg.DataHome, "wapulse", "wapulse.db") }
