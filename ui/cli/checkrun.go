package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/wapulse/wapulse/session"
	"github.com/wapulse/wapulse/session/check"
	"github.com/wapulse/wapulse/session/vital"
)

const (
	othersComeUp = 2 * time.Second // how long the plan waits for further sessions once one is up
	lastWords    = time.Second     // on reading how far an interrupted job is
)

// checking is one check under way.
type checking struct {
	flags  *checkFlags
	cmd    *cobra.Command
	house  *house
	screen *checkScreen
	ctx    context.Context // ends when the check has to stop
	cancel context.CancelFunc
	asker  error // why nobody can ask; nil if somebody can
	piped  bool  // the numbers come from standard input
}

// checkNew checks what the arguments name.
func (f *checkFlags) checkNew(cmd *cobra.Command, args []string) (err error) {
	conf, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	region := regionFor(conf, consoleOf(cmd.Context()).getenv)
	h, err := enterHouse(cmd)
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	if err := h.sessionsExist(f.sessions); err != nil {
		return usage(err, cmd.CommandPath())
	}
	from, err := f.open(cmd, args, region)
	if err != nil {
		return err
	}
	defer func() { _ = from.close() }() // it was read only
	c, end := f.begin(cmd, h)
	defer end()
	job, layout, err := c.keep(from, check.Settings{Batch: conf.Batch, Rate: conf.Rate, Region: region, Fresh: f.fresh, Sessions: f.sessions})
	if err != nil {
		return err
	}
	if job.Items == 0 {
		c.screen.say("there is nothing in it to check")
		return c.forget(job)
	}
	return c.check(job, layout, true)
}

// resumeJob goes on with a job.
func (f *checkFlags) resumeJob(cmd *cobra.Command, id int64) (err error) {
	h, err := enterHouse(cmd)
	if err != nil {
		return err
	}
	defer h.closeAfter(&err)
	job, err := h.store.Job(cmd.Context(), id)
	if errors.Is(err, check.ErrNoSuchJob) && id == 0 {
		return advise(errors.New("there is no job to go on with"), "check something: wapulse check FILE|-|NUMBER...")
	}
	if err != nil {
		return adviseOnCheck(fmt.Errorf("job %d: %w", id, err))
	}
	c, end := f.begin(cmd, h)
	defer end()
	return c.check(job, "", false)
}

func (h *house) sessionsExist(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(h.manager.Snapshots(), func(s *vital.Snapshot) bool { return s.Name == name }) {
			return fmt.Errorf("there is no session %q: wapulse sessions lists them", name)
		}
	}
	return nil
}

// begin begins to write.
func (f *checkFlags) begin(cmd *cobra.Command, h *house) (c *checking, end func()) {
	c = &checking{flags: f, cmd: cmd, house: h, screen: newCheckScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), consoleOf(cmd.Context()))}
	c.ctx, c.cancel = context.WithCancel(cmd.Context())
	stop := c.screen.run(c.cancel)
	return c, func() {
		stop()
		c.cancel()
	}
}

// keep reads the input into a job.
func (c *checking) keep(from *source, settings check.Settings) (check.Job, string, error) {
	c.piped = from.name == stdinName
	if from.said != "" {
		c.screen.say("%s", oneLine(from.said))
	}
	items, layout, err := from.items(settings.Region)
	if err != nil {
		return check.Job{}, "", c.inputError(err)
	}
	settings.Hasty = from.typed != nil && len(from.typed) <= settings.Batch
	if from.typed == nil {
		items = c.counted(items)
	}
	name := from.name
	if c.piped {
		name = "stdin"
	}
	job, err := check.Import(c.ctx, c.house.store, name, settings, items)
	c.screen.progress(nil)
	return job, layout, c.inputError(err)
}

// counted shows how much has been read.
func (c *checking) counted(items iter.Seq2[check.Item, error]) iter.Seq2[check.Item, error] {
	var read atomic.Int64
	c.screen.progress(func(time.Time) string {
		if n := read.Load(); n > 0 {
			return "read " + check.Count(n)
		}
		return ""
	})
	return counting(items, read.Store)
}

func (c *checking) inputError(err error) error {
	switch {
	case err == nil:
		return nil
	case c.ctx.Err() != nil:
		return withCode(advise(errors.New("interrupted while the input was read: nothing was asked, and nothing is kept"), "run it again"), check.ExitInterrupted)
	}
	return adviseOnCheck(err)
}

// check plans a job and runs it.
func (c *checking) check(job check.Job, layout string, isNew bool) error {
	plan, err := c.house.runner.Plan(c.ctx, job.ID)
	if err != nil {
		return c.ended(job, check.Summary{}, err)
	}
	if plan.ToAsk > 0 && !c.house.isLent {
		c.house.manager.StartWanted()
	}
	bulk := !job.Settings.Hasty
	if plan.ToAsk > 0 && bulk {
		if plan, err = c.await(plan); err != nil {
			return c.ended(job, check.Summary{}, err)
		}
	}
	warning := job.Settings.Warning()
	switch {
	case bulk:
		c.screen.say("%s", strings.Join(planLines(plan, layout), "\n"))
	case warning != "":
		c.screen.say("%s", warning)
	}
	if isNew && bulk && plan.ToAsk > unasked && !c.flags.yes {
		if err := c.agree(plan); err != nil {
			return errors.Join(err, c.forget(job))
		}
	}
	return c.run(plan)
}

// await waits for a session, and a moment for others that are coming up, and completes the plan with them.
func (c *checking) await(plan check.Plan) (check.Plan, error) {
	names := plan.Job.Settings.Sessions
	room, err := c.house.room(names)
	if err != nil {
		return plan, err
	}
	if err := c.house.manager.Await(c.ctx, room.Sessions); err != nil && !errors.Is(err, session.ErrBreakerOpen) { // an open breaker is waited for
		if c.ctx.Err() != nil || !errors.Is(err, session.ErrNoSession) {
			return plan, err
		}
		c.asker = err
	}
	c.awaitOthers(names)
	if room, err = c.house.room(names); err != nil {
		return plan, err
	}
	if room.Ready+room.Paused > 0 { // a pause is waited for
		c.asker = nil
	}
	return plan.In(room), nil
}

func (c *checking) awaitOthers(names []string) {
	updates := c.house.manager.Hub().Subscribe()
	defer updates.Close()
	late := time.NewTimer(othersComeUp)
	defer late.Stop()
	for {
		if !slices.ContainsFunc(c.house.manager.Snapshots(), func(s *vital.Snapshot) bool {
			return s.State == vital.StateConnecting && s.Identity.Paired() && (len(names) == 0 || slices.Contains(names, s.Name))
		}) {
			return
		}
		select {
		case <-updates.Wake():
			updates.Take()
		case <-late.C:
			return
		case <-c.ctx.Done():
			return
		}
	}
}

// agree has a person agree to a plan.
func (c *checking) agree(plan check.Plan) error {
	if !canBeAsked(c.cmd) || c.piped {
		cause := fmt.Errorf("%s numbers would be asked, more than %s, and nobody can be asked whether that is meant: nothing was asked", check.Count(plan.ToAsk), check.Count(unasked))
		return withCode(advise(cause, "look at the plan, and give --yes"), exitUsage)
	}
	c.screen.say("Ask %s numbers? [y/N]", check.Count(plan.ToAsk))
	if yes, err := saysYes(c.ctx, c.cmd.InOrStdin()); yes || err != nil {
		return err
	}
	return withCode(advise(errors.New("not begun: nothing was asked, and nothing is kept"), "run it again, and answer y or give --yes"), check.ExitInterrupted)
}

// canBeAsked says whether somebody sits there who can answer.
func canBeAsked(cmd *cobra.Command) bool {
	terminal := consoleOf(cmd.Context()).terminal
	return terminal.StdinTTY && terminal.StderrTTY
}

// saysYes reads an answer. One that is interrupted is no.
func saysYes(ctx context.Context, in io.Reader) (bool, error) {
	answer, err := bufio.NewReader(interruptible(ctx, in)).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	if err != nil && !errors.Is(err, io.EOF) && ctx.Err() == nil {
		return false, fmt.Errorf("read the answer: %w", err)
	}
	return false, nil
}

// forget deletes a job. It is gone at once; what of a large one takes longer goes when the database is opened next.
func (c *checking) forget(job check.Job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), lastWords)
	defer cancel()
	if err := c.house.store.DeleteJob(ctx, job.ID); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// run runs a job and prints its results.
func (c *checking) run(plan check.Plan) error {
	out := c.flags.printer(consoleOf(c.cmd.Context()))
	c.screen.print(out.begin)
	emit := func(r check.Result) { c.screen.print(func(w io.Writer) error { return out.result(w, r) }) }
	var progress func(check.Progress)
	if !plan.Job.Settings.Hasty {
		progress = func(p check.Progress) { c.screen.progress(func(now time.Time) string { return progressLine(p, now) }) }
	}
	runner := c.house.runner
	if c.asker != nil {
		runner = check.NewRunner(check.RunnerOptions{Asker: nobody{c.asker}, Store: c.house.store, Room: c.house.room})
	}
	stop := c.watch(plan.Job.Settings.Sessions)
	summary, err := runner.Run(c.ctx, plan.Job.ID, c.flags.ordered, emit, progress)
	stop()
	c.screen.progress(nil)
	if failed := c.screen.end(); failed != nil && c.cmd.Context().Err() == nil {
		return advise(failed, fmt.Sprintf("what was answered is kept: wapulse check --resume %d", plan.Job.ID))
	}
	return c.ended(plan.Job, summary, err)
}

// nobody asks nothing, for a cause that is known.
type nobody struct{ why error }

// Ask implements check.Asker.
func (n nobody) Ask(context.Context, vital.Query) (vital.Reply, error) { return vital.Reply{}, n.why }
