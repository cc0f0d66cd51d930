package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/session/whatsapp"
)

// The keys that the program reads. In the environment they are in capitals, with WAPULSE_ before them and _ for - and for a section's dot.
const (
	keyDB       = "db"
	keyLogFile  = "log-file"
	keyEndpoint = "endpoint"
	keyRootKey  = "root-key"
	keyProxy    = "proxy"
	keyRegion   = "region"
	keyRate     = "rate"
	keyBatch    = "batch"
	keyFPS      = "fps"
	keyTheme    = "theme"
	keyASCII    = "ascii"
	keyBell     = "notify.bell"
	keyDesktop  = "notify.desktop"
	keyTitle    = "notify.title"
)

// MaxFPS is how many frames a second are drawn at most.
const MaxFPS = 30

// MaxBatch is how many numbers a query may have; more than accounts bear is warned of long before.
const MaxBatch = 1000

// setting is one thing that a person can set. To add one, add it to settings and read it in the loading's config; the file, its check, the environment, a flag of
// that name and what "wapulse config" prints follow from here. A key with a dot is one of a section: notify.bell is bell in [notify].
type setting struct {
	key     string
	kind    kind
	unset   any    // its value if nobody sets it, of its kind
	example any    // shown where the default says nothing; nil: the default is one
	comment string // lines for the printed file
	holder  bool   // it belongs to the process that holds the database: a command that runs there has no say in it
	path    bool   // a file's name, which in the config file begins in that file's folder
	live    bool   // a dashboard takes it from the file while it runs
	check   func(value any) error
	hides   func(value any) any // what may be printed of a value; nil: all of it
}

// settings is every key, in the order of the printed file: what is in no section comes first, or it would be in one.
func settings() []setting {
	return []setting{
		{key: keyDB, kind: text(), unset: defaultDB(), holder: true, path: true, comment: "The database."},
		{key: keyLogFile, kind: text(), unset: "", example: "wapulse.log", holder: true, path: true, comment: "Append a log to this file; \"\": no log."},
		{key: keyEndpoint, kind: text(), unset: "", example: "ws://127.0.0.1:41234/ws/chat", holder: true, check: checkEndpoint,
			comment: "A simulator on this machine instead of WhatsApp, with its root key."},
		{key: keyRootKey, kind: text(), unset: "", example: strings.Repeat("0a", len(whatsapp.Endpoint{}.RootKey)), holder: true, check: checkRootKey,
			comment: "The simulator's root key, in hex."},
		{key: keyProxy, kind: text(), unset: "", example: "socks5://127.0.0.1:1080", holder: true, check: checkProxy, hides: withoutPassword,
			comment: "The proxy of all sessions that have none of their own: http, https or socks5, and never round it."},
		{key: keyRegion, kind: text(), unset: "", example: "ID", live: true, check: checkRegion,
			comment: "Where phone numbers without their country's code are from, in two letters; \"\": where the locale says."},
		{key: keyRate, kind: number(), unset: 1.0, check: checkRate,
			comment: "Checks of files: queries a second on each session, -1 for no limit. Accounts are banned for more than 1."},
		{key: keyBatch, kind: count(), unset: check.DefaultBatch, check: checkBatch,
			comment: "Checks: numbers in a query at most, 1 to 1000. Accounts are banned for more than 50."},
		{key: keyFPS, kind: count(), unset: MaxFPS, live: true, check: checkFPS,
			comment: "The dashboard: frames a second at most, 1 to 30; fewer for a slow line. Keys are answered at once all the same."},
		{key: keyTheme, kind: text(), unset: Themes()[0], live: true, check: checkTheme,
			comment: "The dashboard's looks: " + strings.Join(Themes(), ", ") + "."},
		{key: keyASCII, kind: yesNoOrAuto(), unset: Auto, live: true,
			comment: "Draw with ASCII only: true, false, or \"auto\", by the locale and the terminal."},
		{key: keyBell, kind: yesOrNo(), unset: false, live: true, comment: "Ring the terminal's bell when a session goes to ERROR."},
		{key: keyDesktop, kind: yesOrNo(), unset: false, live: true,
			comment: "Ask the terminal for a notification on the desktop when a session goes to ERROR; what it does not know it ignores."},
		{key: keyTitle, kind: yesOrNo(), unset: true, live: true, comment: "Show the worst state in the terminal's title."},
	}
}

// settingOf is the one with that key.
func settingOf(key string) (setting, bool) {
	for _, s := range settings() {
		if s.key == key {
			return s, true
		}
	}
	return setting{}, false
}

// variable is the setting's name in the environment.
func (s setting) variable() string { return variableOf(s.key) }

func variableOf(key string) string {
	return environmentPrefix + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(key))
}

// mayBe says what is wrong with a value of the setting's kind. An empty text stands for the default.
func (s setting) mayBe(value any) error {
	if s.check == nil || value == "" {
		return nil
	}
	return s.check(value)
}

// kind is what values a setting has.
type kind struct {
	name  string
	read  func(value any) (any, bool)   // a value of the file
	parse func(text string) (any, bool) // a flag's or a variable's
}

func text() kind {
	return kind{
		name:  "text in quotes",
		read:  func(value any) (any, bool) { s, ok := value.(string); return s, ok },
		parse: func(text string) (any, bool) { return text, true },
	}
}

func number() kind {
	return kind{
		name: "a number",
		read: func(value any) (any, bool) {
			if n, ok := value.(int64); ok {
				return float64(n), true
			}
			n, ok := value.(float64)
			return n, ok
		},
		parse: func(text string) (any, bool) { n, err := strconv.ParseFloat(text, 64); return n, err == nil },
	}
}

func count() kind {
	return kind{
		name: "a whole number",
		read: func(value any) (any, bool) {
			n, ok := value.(int64)
			return int(n), ok && int64(int(n)) == n
		},
		parse: func(text string) (any, bool) { n, err := strconv.Atoi(text); return n, err == nil },
	}
}

func yesOrNo() kind {
	return kind{
		name:  "true or false",
		read:  func(value any) (any, bool) { yes, ok := value.(bool); return yes, ok },
		parse: func(text string) (any, bool) { yes, err := strconv.ParseBool(text); return yes, err == nil },
	}
}

// Auto is the value of a setting that is decided where it is used.
const Auto = "auto"

// yesNoOrAuto has values that are a bool, or Auto.
func yesNoOrAuto() kind {
	return kind{
		name: `true, false or "auto"`,
		read: func(value any) (any, bool) { _, yes := value.(bool); return value, yes || value == Auto || value == "" },
		parse: func(text string) (any, bool) {
			if text == Auto || text == "" {
				return text, true
			}
			yes, err := strconv.ParseBool(text)
			return yes, err == nil
		},
	}
}

func checkFPS(value any) error {
	if n, ok := value.(int); !ok || n < 1 || n > MaxFPS {
		return fmt.Errorf("1 to %d frames a second", MaxFPS)
	}
	return nil
}

// Themes are the names that the dashboard has, the usual one first. They are written here too because this package knows no screen.
func Themes() []string { return []string{"usual", "colour-blind", "high-contrast"} }

func checkTheme(value any) error {
	if slices.Contains(Themes(), fmt.Sprint(value)) {
		return nil
	}
	return fmt.Errorf("the themes are %s", strings.Join(Themes(), ", "))
}

func checkEndpoint(value any) error {
	_, err := whatsapp.ParseEndpoint(fmt.Sprint(value), hex.EncodeToString(make([]byte, len(whatsapp.Endpoint{}.RootKey))))
	return err
}

func checkRootKey(value any) error {
	_, err := whatsapp.ParseEndpoint("ws://127.0.0.1:1", fmt.Sprint(value))
	return err
}

func checkProxy(value any) error {
	_, err := vital.ParseProxy(fmt.Sprint(value))
	return err
}

func withoutPassword(value any) any {
	proxy, err := vital.ParseProxy(fmt.Sprint(value))
	if err != nil {
		return ""
	}
	return proxy.String()
}

func checkRegion(value any) error {
	_, err := check.Region(fmt.Sprint(value))
	return err
}

func checkRate(value any) error {
	if rate, ok := value.(float64); !ok || math.IsNaN(rate) || math.IsInf(rate, 0) || rate <= 0 && rate != -1 {
		return errors.New("a number of queries a second, or -1 for no limit")
	}
	return nil
}

func checkBatch(value any) error {
	if n, ok := value.(int); !ok || n < 1 || n > MaxBatch {
		return fmt.Errorf("1 to %d numbers in a query", MaxBatch)
	}
	return nil
}
