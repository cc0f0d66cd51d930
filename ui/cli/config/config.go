// Package config reads what a person sets for the whole program: flags first, then the environment, then the defaults. The commands
// of ui/cli use it. It reads and checks only; it creates no file and no folder.
package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/wapulse/wapulse/session/vital"
	"github.com/wapulse/wapulse/session/whatsapp"
)

// The names of the flags. In the environment they are in capitals, with WAPULSE_ before them and _ for -.
const (
	flagDB       = "db"
	flagLogFile  = "log-file"
	flagEndpoint = "endpoint"
	flagRootKey  = "root-key"
	flagProxy    = "proxy"

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
}

// IsGlobal says whether a flag, "db" or "db=file", or a variable, "WAPULSE_DB=file", is one of those that AddFlags defines.
func IsGlobal(setting string) bool {
	name, _, _ := strings.Cut(setting, "=")
	if variable, ok := strings.CutPrefix(name, environmentPrefix); ok {
		name = strings.ReplaceAll(strings.ToLower(variable), "_", "-")
	}
	return name == flagDB || name == flagLogFile || name == flagEndpoint || name == flagRootKey || name == flagProxy
}

// AddFlags defines the global flags.
func AddFlags(flags *pflag.FlagSet) {
	flags.String(flagDB, "", "database `file` (WAPULSE_DB); default: "+defaultDB())
	flags.String(flagLogFile, "", "append a log to this `file` (WAPULSE_LOG_FILE); default: no log")
	flags.String(flagEndpoint, "", "`URL` of a simulator on this machine instead of WhatsApp (WAPULSE_ENDPOINT)")
	flags.String(flagRootKey, "", "the simulator's root key in `hex` (WAPULSE_ROOT_KEY)")
	flags.String(flagProxy, "", "connect through this proxy `URL`, http, https or socks5, and never round it (WAPULSE_PROXY)")
}

// Load reads the flags that AddFlags defined, and the environment in the form of os.Environ.
func Load(flags *pflag.FlagSet, environ []string) (Config, error) {
	k := koanf.New(".")
	fromEnvironment := env.Provider(".", env.Opt{
		Prefix:      environmentPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			name = strings.ToLower(strings.TrimPrefix(name, environmentPrefix))
			return strings.ReplaceAll(name, "_", "-"), value
		},
	})
	if err := k.Load(fromEnvironment, nil); err != nil {
		return Config{}, fmt.Errorf("read the environment: %w", err)
	}
	if err := k.Load(posflag.Provider(flags, ".", k), nil); err != nil {
		return Config{}, fmt.Errorf("read the flags: %w", err)
	}
	c := Config{DB: k.String(flagDB), LogFile: k.String(flagLogFile)}
	if c.DB == "" {
		c.DB, c.DefaultDB = defaultDB(), true
	}
	proxy, err := vital.ParseProxy(k.String(flagProxy))
	if err != nil {
		return Config{}, fmt.Errorf("--proxy: %w", err)
	}
	c.Proxy = proxy
	url, rootKey := k.String(flagEndpoint), k.String(flagRootKey)
	if (url == "") != (rootKey == "") {
		return Config{}, ErrHalfEndpoint
	}
	if url != "" {
		endpoint, err := whatsapp.ParseEndpoint(url, rootKey)
		if err != nil {
			return Config{}, fmt.Errorf("use another server: %w", err)
		}
		c.Endpoint = endpoint
	}
	return c, nil
}

// defaultDB is in the data folder of the user, where the system's conventions put it.
func defaultDB() string { return filepath.Join(xdg.DataHome, "wapulse", "wapulse.db") }
