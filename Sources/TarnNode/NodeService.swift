package import TarnCatalog
package import TarnCore

/// What a node offers to the layers that people and programs touch. Every method is safe to call from any task.
package protocol NodeService: Sendable {
    var datacenter: DatacenterID { get }
    /// Op and root of the newest committed state: the `Tarn-Op` and `Tarn-Root` of an answer that read it.
    var head: CommittedHead { get }
    var catalog: Catalog { get }
    /// Collection and scrub of what this node stores.
    var upkeep: any UpkeepService { get }
    /// The files that hold all this, for backups.
    var segments: any SegmentService { get }

    func status() async -> ClusterStatus
    /// API address of the primary when this node is not it, as `http(s)://host:port`; nil when this node leads.
    var primaryURL: String? { get }

    /// Throws `unavailable` when this node's state is not what its log says, and nothing of it is to be read.
    func checkServing() throws
    /// Compares this node's state with another datacentre's, and starts the node anew from what the log says when it is
    /// something else.
    func repair() async throws -> RepairReport

    /// The committed tree at `selector`, or the newest. Throws `gone` or `notFound`.
    func snapshot(at selector: SnapshotSelector?) async throws -> Snapshot
    /// Orders `changes`, all or nothing, and returns once they are committed and readable here. Only on the primary.
    /// The same `request` never commits twice. Throws `conflict`, `invalidRequest`, `unavailable` or `unknownOutcome`.
    func commit(_ changes: [Change], author: String, request: RequestID) async throws -> CommitReceipt
    /// The receipt of `request` when it has committed already, as far as that is remembered; else nil.
    func receipt(ofRequest request: RequestID) async throws -> CommitReceipt?
    /// Waits until this node has committed `op`, at most `deadlineMilliseconds`; throws `unavailable` after that.
    func wait(for op: Op, deadlineMilliseconds: Int) async throws

    /// Which of `addresses` are present: durable and decodable here.
    func contains(_ addresses: [BlobAddress]) async throws -> [Bool]
    /// Stores blobs of at most ``Limits/blobBytesMax`` each and returns their addresses in order, once they are durable
    /// here.
    func put(blobs: [[UInt8]]) async throws -> StagedBlobs
    /// Takes content of at most ``Limits/blobBytesMax`` that a change set is about to name, and returns its address. It
    /// is durable together with the entry of that change set, or a few milliseconds later when none comes.
    func stage(content: [UInt8]) async throws -> BlobAddress
    /// Stores the manifest of a file whose chunks are present and returns its address.
    func put(manifest: Manifest) async throws -> BlobAddress
    /// The verified raw bytes of one blob. Throws `unavailable` when it is not here, or not yet.
    func blob(_ address: BlobAddress) async throws -> [UInt8]
    /// The verified raw bytes of many blobs, in order; nil for what is missing or damaged, which ``blob(_:)`` explains.
    func blobs(_ addresses: [BlobAddress]) async throws -> [[UInt8]?]
    /// The manifest that a large file's entry names. Throws `notFound`.
    func manifest(of entry: Entry) async throws -> Manifest

    /// Committed log headers after `op`, ascending, at most `limit`.
    func log(after op: Op, limit: Int) async throws -> [LogHeader]
    /// The change set of one op, empty for an op without changes. Throws `notFound` or `gone`.
    func changeSet(at op: Op) async throws -> EncodedChangeSet
    /// Re-hashes all that this node stores and recomputes its root, reporting progress as bytes done and in all.
    func verify(progress: @Sendable (UInt64, UInt64) -> Void) async throws -> VerifyReport

    /// What this node holds and what that takes on its disk.
    var storage: StorageFigures { get }
    /// What this node counts as it goes.
    var metrics: NodeMetrics { get }
    /// Writes every metric of the node, as of now, in the order of ``NodeMetrics/definitions``.
    func writeMetrics(to text: inout MetricText) async
    /// Has `to` lead, once everything is committed, and returns the view that it leads. Only on the primary. Throws
    /// `conflict` when it cannot lead, or not now.
    func switchOver(to: DatacenterID) async throws -> View
    /// An op up to which everything is committed here that was acknowledged before the call. Only on the primary.
    func linearizableOp() async throws -> Op
    /// What is known of how current the newest committed state is, or nil when nothing was ever proved.
    var proof: StateProof? { get }
    /// The same, not older than so many milliseconds: asks the primary when needed. Throws `unavailable` when the
    /// bound cannot be kept.
    func proof(withinMilliseconds bound: UInt64) async throws -> StateProof
    /// Who holds the committed `op` with all its blobs, each by its signature. Throws `notFound`.
    func receipt(of op: Op) async throws -> DurabilityReceipt
    /// Change sets that this node holds and that stand in no log any more.
    func orphans() async throws -> [Orphan]
    /// The members of the cluster with the keys that they sign with, in the order of the genesis.
    var members: [Genesis.Member] { get }
    /// Who belongs to the cluster, as far as it is committed here.
    var membership: Membership { get }
    /// Where each of them is reached, by seat.
    var memberAddresses: [MemberAddress] { get }
    /// Lets the two others of `learners` learn the log of this cluster of one, and has them vote once they have it.
    /// The node starts anew. Throws `conflict` or `invalidRequest`.
    func teach(_ learners: Membership) async throws
    /// Changes the membership, and returns once that is committed here. Only on the primary. Throws `conflict`,
    /// `invalidRequest` or `unavailable`.
    func reconfigure(_ change: Reconfiguration) async throws
    /// Leaves the present primary, as soon as another member does too: what it had ordered and nobody committed becomes
    /// orphans. Throws `conflict` on the primary itself.
    func failOver() async throws
    /// When views ended and began at this node.
    func viewHistory() async -> ViewHistory

    /// The bearer of `token`, or nil.
    func authenticate(token: String) async -> Principal?
    /// How nodes of this cluster know each other at the API.
    var credential: NodeCredential { get }
    /// The bearer of the token with this id, for who has proved elsewhere to know its secret, at `microseconds` since
    /// 1970; nil also when that secret has been replaced since, and its grace is over.
    func principal(ofTokenID id: String, secretShownAt microseconds: UInt64) async -> Principal?
}

package struct CommittedHead: Hashable, Sendable {
    package let op: Op
    package let root: Digest

    package init(op: Op, root: Digest) {
        self.op = op
        self.root = root
    }
}

/// Which committed state to read (`?at=`, `--at`).
package enum SnapshotSelector: Hashable, Sendable {
    case op(Op)
    /// The newest kept op with this root.
    case root(Digest)
    /// The last op at or before this time.
    case time(Timestamp)

    /// Digits are an op, 64 hex digits a root, anything else RFC 3339; nil when it is none of them.
    package init?(_ text: String) {
        if !text.isEmpty, text.utf8.count < 20, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = UInt64(text)
        {
            self = .op(Op(number))
        } else if let root = Digest(hex: text) {
            self = .root(root)
        } else if let time = Timestamp(text) {
            self = .time(time)
        } else {
            return nil
        }
    }
}
