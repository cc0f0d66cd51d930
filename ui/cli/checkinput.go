package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/ui/cli/config"
)

const stdinName = "-"

// source is where the numbers of a check come from.
type source struct {
	name  string   // of the job
	typed []string // numbers that were named; nil for a file or standard input
	said  string   // what is read, for stderr
	read  io.Reader
	close func() error
}

// regionFor is where numbers without their country's code are from: as somebody has set, or as the locale says.
func regionFor(conf config.Config, getenv func(string) string) string {
	if conf.Region != "" {
		return conf.Region
	}
	return check.RegionFromLocale(getenv)
}

// open finds out what the arguments are. Files are opened, nothing is read.
func (f *checkFlags) open(cmd *cobra.Command, args []string, region string) (*source, error) {
	c := consoleOf(cmd.Context())
	if len(args) == 1 && args[0] == stdinName {
		said := "reading the numbers from standard input"
		if c.terminal.StdinTTY {
			said += "; Ctrl-D ends it"
		}
		return &source{name: stdinName, said: said, read: interruptible(cmd.Context(), cmd.InOrStdin()), close: func() error { return nil }}, nil
	}
	if len(args) == 1 {
		file, err := openNumbers(cmd.Context(), c.path(args[0]))
		if err == nil {
			return &source{name: args[0], said: "reading the numbers from the file " + args[0], read: file, close: file.Close}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !isNumber(args[0], region) {
			return nil, err
		}
	}
	var typed []string
	for _, arg := range args {
		switch {
		case arg == stdinName && len(args) > 1:
			return nil, usage(errors.New("- is standard input, and is checked alone"), cmd.CommandPath())
		case isNumber(arg, region):
		case len(args) > 1 && isFile(c.path(arg)):
			return nil, usage(fmt.Errorf("%q is a file, and is checked alone", arg), cmd.CommandPath())
		case check.NamesFile(arg):
			return nil, usage(fmt.Errorf("there is no file %q, and it is no number", arg), cmd.CommandPath())
		}
		some := check.Split(arg)
		if len(some) == 0 {
			some = []string{arg}
		}
		typed = append(typed, some...)
	}
	return &source{name: typed[0], typed: typed, close: func() error { return nil }}, nil
}

// openNumbers opens a file. In a wapulse that was called over the socket, a name under /dev or /proc would be another process's.
func openNumbers(ctx context.Context, path string) (io.ReadCloser, error) {
	info, err := os.Stat(path)
	switch {
	case lentTo(ctx) != nil && (strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")):
		return nil, advise(fmt.Errorf("%s is a stream of the process that you called, and the check runs in another one", path), "pipe it in: ... | wapulse check -")
	case err != nil:
		return nil, advise(fmt.Errorf("look for the numbers: %w", err), "name a file that can be read, or pipe it in: ... | wapulse check -")
	case info.IsDir():
		return nil, advise(fmt.Errorf("%s is a folder", path), "name a file in it")
	case lentTo(ctx) != nil && !info.Mode().IsRegular():
		return nil, advise(fmt.Errorf("%s is no plain file", path), "pipe it in: ... | wapulse check -")
	}
	if !info.Mode().IsRegular() {
		return io.NopCloser(interruptible(ctx, &lateFile{path: path})), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, advise(fmt.Errorf("open the numbers: %w", err), "name a file that can be read")
	}
	return file, nil
}

// lateFile is opened by the first read: that of a pipe waits for whoever writes into it.
type lateFile struct {
	path string
	file *os.File
}

func (f *lateFile) Read(p []byte) (int, error) {
	if f.file == nil {
		file, err := os.Open(f.path)
		if err != nil {
			return 0, err
		}
		f.file = file
	}
	n, err := f.file.Read(p)
	if err != nil {
		_ = f.file.Close() // it was read only
	}
	return n, err
}

func isNumber(text, region string) bool {
	_, err := check.Parse(text, region)
	return err == nil
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// items are the source's, and how they lie in a file.
func (s *source) items(region string) (iter.Seq2[check.Item, error], string, error) {
	if s.typed != nil {
		return check.ItemsOf(s.typed, region), "", nil
	}
	reader, err := check.NewReader(s.read, region)
	if err != nil {
		return nil, "", advise(fmt.Errorf("%s: %w", s.name, err), "give it one number a line, or a CSV")
	}
	return reader.Items(), reader.Layout(), nil
}

// counting tells how many of the items have been read, with each.
func counting(items iter.Seq2[check.Item, error], tell func(int64)) iter.Seq2[check.Item, error] {
	return func(yield func(check.Item, error) bool) {
		var read int64
		for item, err := range items {
			read++
			tell(read)
			if !yield(item, err) {
				return
			}
		}
	}
}

// interruptible ends a reading that ctx ends. What is under way then, of a terminal or a pipe, cannot be called back: the goroutine that waits for it ends
// with it.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	begin := make(chan struct{}, 1)
	context.AfterFunc(ctx, func() { _ = out.CloseWithError(context.Cause(ctx)) })
	go func() {
		select {
		case <-begin:
		case <-ctx.Done():
			return
		}
		_, err := io.Copy(in, r)
		_ = in.CloseWithError(err)
	}()
	return &lateReader{out, begin}
}

// lateReader touches its input only when it is read.
type lateReader struct {
	from  io.Reader
	begin chan struct{}
}

func (r *lateReader) Read(p []byte) (int, error) {
	select {
	case r.begin <- struct{}{}:
	default:
	}
	return r.from.Read(p)
}
