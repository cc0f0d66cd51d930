package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/wapulse/wapulse/session/whatsapp"
)

func load(t *testing.T, args, environ []string) (Config, error) {
	t.Helper()
	flags := flagsOf(t)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(flags, append([]string{"WAPULSE_CONFIG=" + os.DevNull}, environ...))
}

// flagsOf are the global flags, none of them set.
func flagsOf(t *testing.T) *pflag.FlagSet {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(flags)
	return flags
}

func TestDefaults(t *testing.T) {
	c, err := load(t, nil, []string{"HOME=/nowhere", "WAPULSE_FORBID_SKIPS=1"})
	if err != nil {
		t.Fatal(err)
	}
	if !c.DefaultDB || c.DB != defaultDB() || c.LogFile != "" || c.Endpoint != nil {
		t.Errorf("%+v", c)
	}
}

func TestFlagsGoBeforeTheEnvironment(t *testing.T) {
	environ := []string{"WAPULSE_DB=/env.db", "WAPULSE_LOG_FILE=/env.log"}
	c, err := load(t, []string{"--db", "/flag.db"}, environ)
	if err != nil {
		t.Fatal(err)
	}
	if c.DB != "/flag.db" || c.DefaultDB || c.LogFile != "/env.log" {
		t.Errorf("%+v", c)
	}
}

func TestIsGlobal(t *testing.T) {
	for setting, want := range map[string]bool{
		"db": true, "db=x": true, "config=x": true, "WAPULSE_CONFIG=x": true, "root-key": true, "WAPULSE_LOG_FILE=x": true, "WAPULSE_ENDPOINT=": true,
		"dbx": false, "format=db": false, "WAPULSE_REGION=db": false, "DB=x": false,
	} {
		if IsGlobal(setting) != want {
			t.Errorf("%s: %v", setting, !want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	key := strings.Repeat("0a", 32)
	for _, c := range []struct {
		name    string
		args    []string
		environ []string
		want    error
	}{
		{"both", []string{"--endpoint", "ws://127.0.0.1:1/ws/chat", "--root-key", key}, nil, nil},
		{"both, one of each", []string{"--endpoint", "ws://127.0.0.1:1"}, []string{"WAPULSE_ROOT_KEY=" + key}, nil},
		{"no key", []string{"--endpoint", "ws://127.0.0.1:1"}, nil, ErrHalfEndpoint},
		{"no server", nil, []string{"WAPULSE_ROOT_KEY=" + key}, ErrHalfEndpoint},
		{"elsewhere", []string{"--endpoint", "wss://web.whatsapp.com", "--root-key", key}, nil, whatsapp.ErrEndpointNotLoopback},
		{"short key", []string{"--endpoint", "ws://[::1]:1", "--root-key", "0a"}, nil, whatsapp.ErrRootKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := load(t, c.args, c.environ)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if err == nil && (got.Endpoint == nil || got.Endpoint.RootKey[0] != 10) {
				t.Errorf("%+v", got.Endpoint)
			}
		})
	}
}
