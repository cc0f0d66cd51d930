package ui

import (
	"context"
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/wapulse/wapulse/ui/page"
)

// jobNewsMsg is what has happened to the job.
type jobNewsMsg struct{ news page.JobNews }

// readFile begins to read a file into a job. What comes of it comes as news.
func (m *Model) readFile(path string) tea.Cmd {
	p := m.prompt
	if m.opts.Jobs == nil {
		p.Problem = "files cannot be checked here: wapulse check FILE does"
		return nil
	}
	if why, busy := p.Job.Busy(); busy {
		p.Problem = why
		return nil
	}
	p.Job = page.NewJob(path)
	p.ToList(p.Text() == "")
	jobs, region, feed, own := m.opts.Jobs, m.opts.Region, m.feed, &m.owner
	return m.inJob(func(ctx context.Context) page.JobNews {
		plan, layout, err := jobs.Import(ctx, path, region, feed.read)
		if err == nil {
			own.keep(plan.Job.ID, jobs.Delete)
		}
		return page.JobNews{Plan: plan, Layout: layout, Err: err}
	})
}

// startJob runs the job that was planned.
func (m *Model) startJob() tea.Cmd {
	jobs, feed, id := m.opts.Jobs, m.feed, m.prompt.Job.ID()
	m.prompt.Job.Begin()
	m.owner.keep(0, nil)
	return m.inJob(func(ctx context.Context) page.JobNews {
		_, err := jobs.Run(ctx, id, feed.result, feed.progress)
		return page.JobNews{Err: err}
	})
}

// inJob does a part of the job that can be stopped, and puts what it came to behind its other news.
func (m *Model) inJob(do func(ctx context.Context) page.JobNews) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	m.endJob = cancel
	own, feed := &m.owner, m.feed
	doing := func() tea.Msg {
		own.do(func() {
			defer cancel()
			end := do(ctx)
			feed.put(func(news *page.JobNews) {
				news.Over, news.Plan, news.Layout, news.Err = true, end.Plan, end.Layout, end.Err
			})
		})
		return nil
	}
	return tea.Batch(doing, m.listenToJob())
}

// listenToJob waits for news. One such wait is under way at any time.
func (m *Model) listenToJob() tea.Cmd {
	if m.feeding {
		return nil
	}
	m.feeding = true
	ctx, feed := m.ctx, m.feed
	return func() tea.Msg { return jobNewsMsg{feed.take(ctx)} }
}

// jobNews shows what has happened to the job, and says how it ended wherever the person is.
func (m *Model) jobNews(msg jobNewsMsg) tea.Cmd {
	m.feeding = false
	p, j := m.prompt, m.prompt.Job
	if m.ctx.Err() != nil || j == nil {
		return nil
	}
	m.dirty = m.dirty || m.shows(m.prompt)
	p.Join(msg.news.Results)
	j.Put(msg.news)
	switch {
	case !msg.news.Over:
		return m.listenToJob()
	case j.Step() == page.JobPlanned && !m.shows(m.prompt):
		m.dirty = true
		m.finished(fmt.Sprintf("the plan of job %d is ready: %s shows it", j.ID(), m.keyOf("check")), nil)
	case j.Step() == page.JobOver:
		m.dirty = true
		m.jobEnded(j)
	}
	return nil
}

func (m *Model) jobEnded(j *page.Job) {
	if d, ok := find[*page.Dialog](m); ok && d.Question == page.AskStopJob {
		m.leave(d)
	}
	text, well := j.Ending()
	if well {
		m.finished(text, nil)
	} else {
		m.note(false, text)
		m.say(&m.opts.Theme.Broken, "✖ "+text, 0)
	}
	if j.ID() == 0 && well { // reading was stopped: there is nothing to look at
		m.prompt.Leave()
	}
}

// jobActions are those of the job on the page of the prompt.
func jobActions() []action {
	step := func(steps ...page.JobStep) func(*Model, *page.Prompt) bool {
		return func(_ *Model, p *page.Prompt) bool { return p.Job != nil && slices.Contains(steps, p.Job.Step()) }
	}
	planned := step(page.JobPlanned)
	return []action{
		on(action{name: "accept", keys: []string{"enter"}, words: "start the job", short: "start", rank: 1},
			func(m *Model, _ *page.Prompt) tea.Cmd { return m.startJob() }, planned),
		on(action{name: "back", keys: []string{"esc"}, words: "delete the job that was planned", short: "delete the job", rank: generalRank + 2},
			func(m *Model, _ *page.Prompt) tea.Cmd { return m.deleteJob() }, planned),
		on(action{name: "stop-job", keys: []string{"x"}, words: "stop the job", short: "delete the job"},
			func(m *Model, _ *page.Prompt) tea.Cmd { return m.deleteJob() }, planned),
		on(action{name: "stop-job", keys: []string{"x"}, words: "stop the job", short: "stop", rank: 1},
			func(m *Model, p *page.Prompt) tea.Cmd {
				if p.Job.Step() == page.JobReading {
					m.stopJob()
					return nil
				}
				m.push(page.NewStopDialog(m.opts.Theme, p.Job.ID()))
				return nil
			}, step(page.JobReading, page.JobRunning)),
	}
}

func (m *Model) stopJob() {
	if j := m.prompt.Job; j != nil && (j.Step() == page.JobReading || j.Step() == page.JobRunning) {
		j.Stop()
		m.endJob()
	}
}

// deleteJob deletes the job that was planned and not started.
func (m *Model) deleteJob() tea.Cmd {
	id, jobs, own := m.prompt.Job.ID(), m.opts.Jobs, &m.owner
	m.prompt.Job = nil
	m.prompt.ToList(false)
	return m.act(fmt.Sprintf("deleting job %d", id), fmt.Sprintf("job %d is deleted: nothing was asked", id), func(ctx context.Context) (err error) {
		own.do(func() {
			if err = jobs.Delete(ctx, id); err == nil {
				own.forget(id)
			}
		})
		return err
	})
}
