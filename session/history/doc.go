// Package history is what wapulse knows of how its sessions have been: samples of what they did, rolled up over time, and how long they were up.
//
// A Sampler, one a process, looks every ten seconds at what the sessions publish and hands what is new to a Keeper (the store) in one call: a row for each
// session that did something, and a sign of life of the run itself. A session at rest costs nothing. What was not up can so be told from what nobody
// watched: a run of wapulse is an interval, and outside of runs nothing was up. A Sampler has one goroutine, which Close ends and waits for; those who
// tell it something (Measured, Checked) never wait for the disk; who reads what is kept may wait for the newest (Flush). What could not be written stays with the Sampler and comes with
// the next sample.
//
// Counts are added up exactly at every level; durations are kept as a Histogram, whose percentiles are within one percent of the exact ones, however often it
// is merged. The Keeper merges each sample into its minute, its hour and the session's total in the transaction that stores it, so every level is
// complete at all times and retention only deletes.
//
// A Reader answers the screens and the commands from a Source (the store again): charts, stretches of states, uptime, totals. All of it is computed by pure
// functions over values; clocks that were set back make no negative time.
//
// The package imports the domain's values only. Counts travel between Sampler, Keeper and Reader as values that nobody changes after handing them on.
package history
