package import TarnCore

extension Replica {
    /// What happens to a replica.
    package enum Input: Sendable {
        /// The first input, once: announces what was recovered.
        case start
        /// Time passed; every 10 ms, or with fewer and larger leaps.
        case tick
        /// Something from another member, its entries' bodies already checked against their headers.
        case message(from: Int, Message)
        /// A new entry for the primary to order: the next op after ``Replica/head``, with its hash as parent.
        case submit(LogEntry)
        /// Every entry up to this one is fsynced; their blobs may be missing yet. Need not be said when `durable`
        /// follows at once.
        case stored(through: Message.Acknowledgement)
        /// These entries, every blob that they name and the records that say so are fsynced. One batch is one input:
        /// its acknowledgements then leave in one message.
        case durable([Message.Acknowledgement])
        /// Something of an entry that was durable here cannot be read any more; ``durable`` says when it is whole
        /// again.
        case rotted(Message.Acknowledgement)
        /// This view, or a later one, is on disk: ``Output/persistView(_:)``.
        case viewPersisted(View)
        /// The log of that view is on disk: ``Output/install(view:after:entries:head:)``.
        case installed(view: View)
        /// What a member told about itself; `isDirect` when it came from that member and not by way of another one.
        case peerHead(member: Int, head: Heads.Head, isDirect: Bool)
        /// A read wants to see everything that was acknowledged before it; `nonce` is fresh. Only the primary can tell.
        case read(nonce: UInt64)
        /// Hand the next view to that member once everything is committed.
        case switchover(to: Int)
        /// Leave the present primary at once, on a person's word: what it had ordered and nobody committed is lost to
        /// the log.
        case distrustPrimary
        /// The seat that a committed change gave to another is heard again: from now on, whoever is heard there is the
        /// new one.
        case seated(Int)
        /// Change the membership, as soon as everything before is where it has to be. Only the primary can.
        case reconfigure(Reconfiguration)
    }

    /// What a replica wants done, in this order.
    package enum Output: Hashable, Sendable {
        /// Store this entry after the ones before it, then fetch and fsync every blob it names, then answer `stored` or
        /// `durable`. The same entry may come again after a restart. Holding back the answers is how a slow disk slows
        /// the flow.
        case persist(LogEntry)
        case send(to: Int, Message)
        /// Every op up to this one is committed, and on this member's disk.
        case commit(through: Op)
        /// Ask that member for the entries after `after` by way of bulk transfer; they come back as `message` with
        /// `entries`. May be ignored while an earlier one runs.
        case fetchEntries(from: Int, after: Op)
        /// Read these stored entries, as many as ``Limits/entriesPerMessageMax`` and
        /// ``Limits/entriesPerMessageBytesMax`` allow, and send them as `entries` with these views and this commit
        /// number, unless the log has changed since. May be ignored while an earlier one for the same member runs.
        case sendEntries(to: Int, view: View, logView: View, after: Op, through: Op, commit: Op)
        /// Make this view durable, then answer `viewPersisted`.
        case persistView(View)
        /// Make `entries`, which follow op `after`, and a record that this view's log ends at `head` durable, all or
        /// nothing and after everything that was to be persisted before; then answer `installed`, and `durable` for
        /// each entry whose blobs are here too. What stood above `after` is not of the log any more.
        case install(view: View, after: Op, entries: [LogEntry], head: Message.Acknowledgement)
        /// The log ends here, for now: make that durable before anything that is to be persisted next. What stood above
        /// was superseded.
        case truncate(to: Message.Acknowledgement)
        /// These entries now follow op `after`, in place of whatever did.
        case adopt(after: Op, entries: [LogEntry])
        /// This member leads the view: it may submit.
        case lead(View)
        /// This member does not lead: whoever waits for an answer of its own is to be told that it is not known.
        case follow(View)
        /// This member remembers everything again; may be written down.
        case trust
        /// Whatever was acknowledged before the read came is in the log up to `op`, which is committed.
        case readable(nonce: UInt64, op: Op)
        /// It cannot be told who leads; try again.
        case readRefused(nonce: UInt64)
        /// Submit this change as the next entry, now.
        case orderReconfiguration(Reconfiguration)
        /// The change that was asked for does not come about.
        case reconfigurationRefused(String)
        /// The membership is that of this committed entry from now on.
        case reconfigured(at: Op)
        /// The submitted entry was not ordered.
        case reject(op: Op, Rejection)
        /// Stop serving: this replica does nothing any more.
        case halt(HaltReason)
        case trace(Trace)
    }

    /// Something unusual that is not an error, for a log at debug level.
    package enum Trace: Hashable, Sendable {
        /// A message of another view than the present one.
        case otherView(from: Int, view: View)
        /// A message that only another member may send, or that this member has no use for.
        case misdirected(from: Int)
        /// An uncommitted entry of a backup that contradicts this log.
        case conflict(from: Int, op: Op)
        /// An acknowledgement or a completion for an entry that is not in this log.
        case unknownEntry(member: Int, op: Op)
        /// An entry that found no room; it will be asked for again.
        case dropped(op: Op)
        case askedForEntries(from: Int, after: Op)
        case resent(to: Int, from: Op, count: Int)
        /// The votes for a view do not tell whether this op may have been committed.
        case undecided(view: View, op: Op)
        case unexpectedCompletion
        case switchoverRefused(to: Int)
    }
}
