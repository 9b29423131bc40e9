import TarnNode

enum NodeErrors {
    static let conflict = NodeError(.conflict, "somebody was faster")
}
