// Package store keeps everything that must outlive a process in one SQLite file: credentials (in whatsmeow's own tables, on the handle that
// WriteDB returns), sessions, transitions, events, and how it all was over time (package history).
//
// One process at a time holds a database; a lock file beside it says which. All writing goes over one connection, so that no writer
// ever finds another's lock, and reading over connections of its own. A transition is on disk when CommitTransition returns. Append never
// blocks: one goroutine writes what it queues, a transaction a batch, and what the queue cannot hold is counted and stored as a gap. Flush waits
// for what was queued before it, Close writes what is queued and waits for that goroutine.
//
// What a check was told is in the history, for good, and once: the items of a job refer to it. All that is done with a whole job (FillFromCache, Retry, DeleteJob) is
// done in many short transactions, so that a session's transition waits for one of them at most; AddItems and SaveJobResults are one
// transaction a call, and a thousand items a call are a good measure.
//
// Files are the owner's alone (0600), and so is the default folder (0700). On Windows file modes mean nothing: there the folder of
// the user's profile protects the file, and wapulse neither sets nor checks modes. On macOS they mean what they mean on Linux.
package store
