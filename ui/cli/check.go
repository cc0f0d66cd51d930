package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session/check"
)

const newestJob = "newest" // what --resume without a value stands for

// checkFlags are what a person says of a check besides the numbers.
type checkFlags struct {
	fresh, yes, asJSON, asCSV, ordered, jobs bool
	sessions                                 []string
	resume, history, remove                  string
}

func newCheckCommand() *cobra.Command {
	var f checkFlags
	cmd := inHolder(&cobra.Command{
		Use:   "check FILE|-|NUMBER...",
		Short: "Say which numbers are on WhatsApp",
		Long: `Say which numbers are on WhatsApp: a few that are named, a file with one a line or in a column of a CSV, or standard
input (-). Numbers may be written as people write them; those without a country's code need --region, or a locale
that says where they are from.

A file is planned before anything is asked, and goes at the rate that accounts bear. What was answered is stored
before it is printed: after Ctrl-C or a crash --resume prints the whole job again and goes on where it stopped.

Verdicts: registered, not_registered, no_answer (asked, and the server left it out), error, unverified (nothing could
ask) and invalid (no phone number). Exit codes: 0 all answered, 1 failed, 2 usage, 3 some not answered, 4 no session
could ask, 130 interrupted.`,
		Example: `  wapulse check '+62 812-6026-8381'
  wapulse check 0812-6026-8381 --region ID --json
  wapulse check numbers.csv --csv --yes > answers.csv
  cut -f2 customers.tsv | wapulse check - --json --ordered
  wapulse check --resume`,
		RunE: func(cmd *cobra.Command, args []string) error {
			mode, err := f.mode(cmd, args)
			if err != nil {
				return usage(err, cmd.CommandPath())
			}
			return mode(cmd)
		},
	})
	flags := cmd.Flags()
	flags.String("region", "", "`region` of numbers without a country's code, as ID or BR (WAPULSE_REGION); default: the locale's")
	flags.BoolVar(&f.fresh, "fresh", false, "ask even what is known")
	flags.BoolVar(&f.yes, "yes", false, "do not ask before more than 1,000 numbers are asked, or a job is deleted")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON for programs, an object a line")
	flags.BoolVar(&f.asCSV, "csv", false, "print CSV with a header")
	flags.BoolVar(&f.ordered, "ordered", false, "print in the order of the input; default: as the answers come")
	flags.String("rate", "", "`queries` a second on each session, -1 for no limit (WAPULSE_RATE); default: 1")
	flags.String("batch", "", fmt.Sprintf("`numbers` in a query at most (WAPULSE_BATCH); default: %d", check.DefaultBatch))
	flags.StringArrayVar(&f.sessions, "session", nil, "`name` of a session that may ask, may be given again; default: any")
	flags.StringVar(&f.resume, "resume", "", "go on with a `job`, the newest if none is named")
	flags.Lookup("resume").NoOptDefVal = newestJob
	flags.BoolVar(&f.jobs, "jobs", false, "list the jobs")
	flags.StringVar(&f.history, "history", "", "print what was known of a `number` when")
	flags.StringVar(&f.remove, "delete", "", "delete a `job` with its input; what was answered stays in the history")
	return cmd
}

// mode is what a command line asks for, or what is wrong with it.
func (f *checkFlags) mode(cmd *cobra.Command, args []string) (func(*cobra.Command) error, error) {
	set := func(names ...string) string {
		for _, name := range names {
			if cmd.Flags().Changed(name) {
				return "--" + name
			}
		}
		return ""
	}
	modes := set("resume", "jobs", "history", "delete")
	switch {
	case f.asJSON && f.asCSV:
		return nil, errors.New("--json and --csv are two forms of the same: choose one")
	case set("resume") != "" && set("jobs", "history", "delete") != "", set("jobs") != "" && set("history", "delete") != "", set("history") != "" && set("delete") != "":
		return nil, errors.New("--resume, --jobs, --history and --delete are different things: choose one")
	case modes == "" && len(args) == 0:
		return nil, errors.New("there is nothing to check: name a file, numbers, or - for standard input")
	}
	if modes != "" {
		if err := meaningless(modes, set); err != nil {
			return nil, err
		}
	}
	switch modes {
	case "--resume":
		id, err := f.job(args)
		return func(cmd *cobra.Command) error { return f.resumeJob(cmd, id) }, err
	case "":
		return func(cmd *cobra.Command) error { return f.checkNew(cmd, args) }, nil
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("%s checks nothing, but got %q", modes, args[0])
	}
	switch modes {
	case "--jobs":
		return f.listJobs, nil
	case "--delete":
		id, err := jobOf("--delete", f.remove)
		return func(cmd *cobra.Command) error { return f.deleteJob(cmd, id) }, err
	}
	return f.printHistory, nil
}

// meaningless says which other flag does not go with a mode. Set returns the first of flags that is set.
func meaningless(mode string, set func(names ...string) string) error {
	others := []string{"fresh", "rate", "batch", "session"}
	switch mode {
	case "--resume":
		others = append(others, "region")
	case "--jobs":
		others = append(others, "region", "ordered", "csv", "yes")
	case "--history":
		others = append(others, "ordered", "csv", "yes")
	case "--delete":
		others = append(others, "region", "ordered", "csv", "json")
	}
	other := set(others...)
	switch {
	case other == "":
		return nil
	case mode == "--resume":
		return fmt.Errorf("a job goes on as it began: %s cannot be changed", other)
	}
	return fmt.Errorf("%s has no meaning with %s", other, mode)
}

// job is the one that --resume names: as its value, or behind it.
func (f *checkFlags) job(args []string) (int64, error) {
	name := f.resume
	if name == newestJob && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if len(args) > 0 {
		return 0, fmt.Errorf("--resume checks one job and nothing else, but got %q", args[0])
	}
	if name == newestJob {
		return 0, nil
	}
	return jobOf("--resume", name)
}

// jobOf is the number of a job that a flag names.
func jobOf(flag, name string) (int64, error) {
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || id <= 0 || fmt.Sprint(id) != name {
		return 0, fmt.Errorf("%q is no job: %s takes its number, see --jobs", name, flag)
	}
	return id, nil
}
