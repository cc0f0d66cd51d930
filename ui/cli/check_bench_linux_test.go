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

	"github.com/wapulse/wapulse/session/simulator"
)

// BenchmarkCheckFile is a file of 100,000 from its name to its last printed line, by the program as people run it, against a server that answers at once.
func BenchmarkCheckFile(b *testing.B) {
	const numbers = 100_000
	for b.Loop() {
		b.StopTimer()
		server, err := simulator.New(simulator.Options{})
		if err != nil {
			b.Fatal(err)
		}
		folder := b.TempDir()
		key := server.RootKey()
		common := []string{"--db", filepath.Join(folder, "wapulse.db"), "--endpoint", server.URL(), "--root-key", fmt.Sprintf("%x", key[:])}
		pairProgram(b, server, common)
		input := filepath.Join(folder, "in.txt")
		if err := os.WriteFile(input, []byte(manyNumbers(numbers)), 0o600); err != nil {
			b.Fatal(err)
		}
		cmd := exec.Command(binary(b), append(common, "check", input, "--rate", "-1", "--yes", "--json")...)
		b.StartTimer()
		begun := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(numbers/time.Since(begun).Seconds(), "numbers/s")
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			b.ReportMetric(float64(usage.Maxrss)/1024, "MB-peak")
		}
		b.StopTimer()
		server.Close()
		b.StartTimer()
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
