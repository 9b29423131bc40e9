internal import TarnCore

extension ImportDriver {
    /// Remembers what the target holds now. With `isComplete`, the import went through.
    mutating func save(isComplete: Bool) async throws {
        if isComplete, !self.isDirty, self.survey.isStateCurrent { return }
        guard let job = self.saveJob(isComplete: isComplete) else { return }
        do {
            try await BlockingWork.run(job)
        } catch {
            self.result.problems.append(
                "the remembered state",
                "cannot be written, so the next import reads all files: \(error)"
            )
        }
    }

    /// What writes the state as of now; nil when nothing is to be remembered.
    func saveJob(isComplete: Bool) -> (@Sendable () throws -> Void)? {
        guard let memory = self.memory else { return nil }
        let tree = self.tree
        let isInTarget = self.plan.isInTarget
        let contents = self.plan.contents
        let context = self.context
        let op = self.rememberedOp
        let coversTarget =
            isComplete && self.survey.coversTarget && self.plan.extraCount == 0 && self.result.problems.isEmpty
        return {
            var writer = FolderStateWriter()
            for (index, item) in tree.items.enumerated() where isInTarget[index] {
                writer.append(
                    path: tree.path(item),
                    isDirectory: item.isDirectory,
                    stamp: context.remembered(item.stamp),
                    content: contents[index]
                )
            }
            try memory.save(writer, op: op, coversTarget: coversTarget)
        }
    }

    /// The op that the records stand for. When others wrote between this import's ops, that is the op from before it:
    /// the next import then asks for the differences since and sees what the others did.
    private var rememberedOp: Op {
        guard let last = self.ownOps.max(), last - self.survey.op.number == UInt64(self.ownOps.count),
            self.setsInFlight == 0
        else { return self.survey.op }
        return Op(last)
    }
}
