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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
