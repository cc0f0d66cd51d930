package whatsapp

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/simulator"
	"github.com/wapulse/wapulse/session/vital"
)

// fleetSize is how many sessions the benchmarks run.
const fleetSize = 200

// serverStateEnv makes the test binary a simulator with that state file, so that the server's memory and work are not counted with the
// client's.
const serverStateEnv = "WAPULSE_BENCH_SERVER"

// serveForBenchmarks is the child's main.
func serveForBenchmarks(stateFile string) {
	server, err := simulator.New(simulator.Options{StateFile: stateFile})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	key := server.RootKey()
	_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"url": server.URL(), "root_key": hex.EncodeToString(key[:])})
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent ends
	server.Close()
}

// fleet is a database with paired sessions and a server that knows them, in a process of its own.
type fleet struct {
	db         *sql.DB
	endpoint   *Endpoint
	identities []vital.Identity
}

func newFleet(b *testing.B) *fleet {
	b.Helper()
	return newFleetOf(b, fleetSize)
}

func newFleetOf(b *testing.B, size int) *fleet {
	b.Helper()
	folder := b.TempDir()
	state, file := filepath.Join(folder, "server.json"), filepath.Join(folder, "wapulse.db")
	f := &fleet{db: openDBFile(b, file)}
	f.pairAll(b, state, size)
	f.startServer(b, state)
	return f
}

// pairAll links the sessions to a server in this process, and logs each in once, which uploads its prekeys.
func (f *fleet) pairAll(b *testing.B, stateFile string, size int) {
	b.Helper()
	server, err := simulator.New(simulator.Options{StateFile: stateFile})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	devices, err := New(context.Background(), Options{DB: f.db, Endpoint: &Endpoint{URL: server.URL(), RootKey: server.RootKey()}})
	if err != nil {
		b.Fatal(err)
	}
	w := &world{t: b, server: server, db: f.db, devices: devices}
	for i := range size {
		dev, identity := w.pair(fmt.Sprintf("+4915100%06d", i))
		f.identities = append(f.identities, identity)
		e, c := w.up(dev)
		c.Close()
		ended(b, e, c)
	}
	if err := devices.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}

func (f *fleet) startServer(b *testing.B, stateFile string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverStateEnv+"="+stateFile)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var said struct {
		URL     string `json:"url"`
		RootKey string `json:"root_key"`
	}
	if err := json.Unmarshal(line, &said); err != nil {
		b.Fatal(err)
	}
	if f.endpoint, err = ParseEndpoint(said.URL, said.RootKey); err != nil {
		b.Fatal(err)
	}
}

// contender is a way to run the fleet.
type contender interface {
	up(b *testing.B)   // every session logged in and ready
	down(b *testing.B) // every session gone
	end(b *testing.B)
}

// whole is wapulse as it runs: this package under the actors, with a hub that somebody reads.
type whole struct {
	all     *Devices
	manager *session.Manager
	ids     []vital.SessionID
}

func newWhole(b *testing.B, f *fleet) contender {
	b.Helper()
	all, err := New(context.Background(), Options{DB: f.db, Endpoint: f.endpoint})
	if err != nil {
		b.Fatal(err)
	}
	w := &whole{all: all}
	var records []session.Record
	for i, identity := range f.identities {
		id := vital.SessionID(i + 1)
		w.ids = append(w.ids, id)
		records = append(records, session.Record{ID: id, Name: fmt.Sprintf("session %d", i), Identity: identity, Wanted: true})
	}
	w.manager = session.NewManager(session.Config{Store: forgetful{records: records}, Devices: all, Hub: session.NewHub()})
	if err := w.manager.Load(context.Background()); err != nil {
		b.Fatal(err)
	}
	return w
}

func (w *whole) up(b *testing.B) {
	b.Helper()
	sub := w.manager.Hub().Subscribe()
	defer sub.Close()
	for _, id := range w.ids {
		if err := w.manager.Start(context.Background(), id); err != nil {
			b.Fatal(err)
		}
	}
	for connected := map[vital.SessionID]bool{}; len(connected) < len(w.ids); <-sub.Wake() {
		for _, s := range sub.Take().Snapshots {
			if s.State == vital.StateConnected {
				connected[s.ID] = true
			}
		}
	}
}

func (w *whole) down(b *testing.B) {
	b.Helper()
	for _, id := range w.ids {
		if err := w.manager.Stop(context.Background(), id); err != nil {
			b.Fatal(err)
		}
	}
}

func (w *whole) end(b *testing.B) {
	b.Helper()
	if err := w.manager.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	if err := w.all.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// forgetful is a store that keeps nothing: the file has benchmarks of its own.
type forgetful struct {
	session.Store
	records []session.Record
}

func (f forgetful) Sessions(context.Context) ([]session.Record, error)               { return f.records, nil }
func (forgetful) SetWanted(context.Context, vital.SessionID, bool) error             { return nil }
func (forgetful) SetIdentity(context.Context, vital.SessionID, vital.Identity) error { return nil }
func (forgetful) CommitTransition(context.Context, vital.Transition) error           { return nil }
func (forgetful) SaveDiagnosis(context.Context, vital.Diagnosed) error               { return nil }
func (forgetful) Ends(context.Context, vital.SessionID, int) ([]vital.End, error)    { return nil, nil }
func (forgetful) Append(vital.Event)                                                 {}

// library is whatsmeow used as its documentation shows.
type library struct {
	clients []*whatsmeow.Client
	ready   *sync.WaitGroup
}

func newLibrary(b *testing.B, f *fleet) contender {
	b.Helper()
	if err := claimProcess(&f.endpoint.RootKey); err != nil {
		b.Fatal(err)
	}
	whatsmeow.KeepAliveIntervalMin, whatsmeow.KeepAliveIntervalMax = 20*time.Second, 30*time.Second // its defaults
	container := sqlstore.NewWithDB(f.db, "sqlite", waLog.Noop)
	u, err := endpointURL(f.endpoint.URL)
	if err != nil {
		b.Fatal(err)
	}
	l := &library{ready: &sync.WaitGroup{}}
	for _, identity := range f.identities {
		jid, err := types.ParseJID(identity.JID)
		if err != nil {
			b.Fatal(err)
		}
		stored, err := container.GetDevice(context.Background(), jid)
		if err != nil {
			b.Fatal(err)
		}
		client := whatsmeow.NewClient(stored, waLog.Noop)
		client.SetWebsocketHTTPClient(&http.Client{Transport: &http.Transport{
			DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
			},
		}})
		client.AddEventHandler(func(evt any) {
			if _, ok := evt.(*events.Connected); ok {
				l.ready.Done()
			}
		})
		l.clients = append(l.clients, client)
	}
	return l
}

func (l *library) up(b *testing.B) {
	b.Helper()
	l.ready.Add(len(l.clients))
	for _, c := range l.clients {
		go func() {
			if err := c.Connect(); err != nil {
				b.Errorf("connect: %v", err)
				l.ready.Done()
			}
		}()
	}
	l.ready.Wait()
}

func (l *library) down(*testing.B) {
	for _, c := range l.clients {
		c.Disconnect()
	}
}

func (l *library) end(*testing.B) { releaseProcess() }

func contenders() map[string]func(*testing.B, *fleet) contender {
	return map[string]func(*testing.B, *fleet) contender{"plain": newLibrary, "wapulse": newWhole}
}

// BenchmarkLogin is from nothing to all sessions ready.
func BenchmarkLogin(b *testing.B) {
	f := newFleet(b)
	for _, name := range []string{"plain", "wapulse"} {
		b.Run(name, func(b *testing.B) {
			c := contenders()[name](b, f)
			defer c.end(b)
			c.up(b) // what is made once is not counted
			c.down(b)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				c.up(b)
				b.StopTimer()
				c.down(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/200-logins")
		})
	}
}

// BenchmarkIdleMemory is what a connected session that has nothing to do keeps.
func BenchmarkIdleMemory(b *testing.B) {
	f := newFleet(b)
	for _, name := range []string{"plain", "wapulse"} {
		b.Run(name, func(b *testing.B) {
			var kept, goroutines float64
			for range b.N {
				before, running := inUse(), runtime.NumGoroutine()
				c := contenders()[name](b, f)
				c.up(b)
				settle()
				kept += float64(inUse()-before) / 1024 / fleetSize
				goroutines += float64(runtime.NumGoroutine()-running) / fleetSize
				c.down(b)
				c.end(b)
				runtime.KeepAlive(c)
			}
			b.ReportMetric(kept/float64(b.N), "KB/session")
			b.ReportMetric(goroutines/float64(b.N), "goroutines/session")
		})
	}
}

// settle lets the last answers of a login come in.
func settle() { <-time.After(500 * time.Millisecond) }

// inUse is the memory of heap and stacks after everything that is garbage has gone.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
