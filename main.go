// Command wapulse is a terminal dashboard for the health of WhatsApp sessions.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wapulse/wapulse/ui/cli"
	"github.com/wapulse/wapulse/ui/termguard"
)

func main() {
	termguard.Restore()
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // a lost SSH line ends it cleanly; under nohup it goes on
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	code := cli.Execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
