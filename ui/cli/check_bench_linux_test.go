package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/wapulse/wapulse/resilience"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/simulator"
)

// BenchmarkCheckFile is a file from its name to its last printed line, by the program as people run it, with one session and no limit to its rate: against
// a server that answers at once, and, through a wapulse that is up, against one that takes 50 ms for each answer. The least that the latter can take is what eight queries in flight allow.
func BenchmarkCheckFile(b *testing.B) {
	for name, c := range map[string]struct {
		numbers int
		delay   time.Duration
	}{"at-once": {100_000, 0}, "50ms": {10_000, 50 * time.Millisecond}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				checkFile(b, c.numbers, c.delay)
				b.StartTimer()
			}
		})
	}
}

func checkFile(b *testing.B, numbers int, delay time.Duration) {
	b.Helper()
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	folder := b.TempDir()
	key := server.RootKey()
	common := []string{"--db", filepath.Join(folder, "wapulse.db"), "--endpoint", server.URL(), "--root-key", fmt.Sprintf("%x", key[:])}
	pairProgram(b, server, common)
	if err := server.SetFaults("", func(f *simulator.Faults) { f.DelayMS = int(delay.Milliseconds()) }); err != nil {
		b.Fatal(err)
	}
	input := filepath.Join(folder, "in.txt")
	if err := os.WriteFile(input, []byte(manyNumbers(numbers)), 0o600); err != nil {
		b.Fatal(err)
	}
	if delay > 0 { // the login, which takes several answers, is not what is measured: it is done when the check begins
		before := server.Stats().Pings // the pairing's
		holder := exec.Command(binary(b), append(slices.Clone(common), "run")...)
		if err := holder.Start(); err != nil {
			b.Fatal(err)
		}
		defer func() {
			_ = holder.Process.Signal(syscall.SIGTERM)
			_ = holder.Wait()
		}()
		for look := time.NewTicker(10 * time.Millisecond); server.Stats().Pings == before; <-look.C { // the first ping comes once it is connected
			continue
		}
	}
	cmd := exec.Command(binary(b), append(common, "check", input, "--rate", "-1", "--yes", "--json")...)
	b.StartTimer()
	begun := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(begun)
	b.StopTimer()
	b.ReportMetric(float64(numbers)/took.Seconds(), "numbers/s")
	worked := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	b.ReportMetric(float64(worked.Microseconds())/float64(numbers), "cpu-µs/number") // of the command's process
	if least := time.Duration(numbers/check.DefaultBatch) * delay / resilience.DefaultInFlight; least > 0 {
		b.ReportMetric(float64(took)/float64(least), "x-least")
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		b.ReportMetric(float64(usage.Maxrss)/1024, "MB-peak")
	}
}

// pairProgram pairs a session by the program.
func pairProgram(b *testing.B, server *simulator.Server, common []string) {
	b.Helper()
	cmd := exec.Command(binary(b), append(slices.Clone(common), "pair", "sales", "--format", "raw")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	var payload string
	if _, err := fmt.Fscanln(out, &payload); err != nil {
		b.Fatal(err)
	}
	if err := server.Scan(payload, "+4915123456789", "Ada"); err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}
