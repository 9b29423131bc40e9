internal import TarnCore

extension NotebookCell {
    /// The cell's outputs, from the Jupyter document or the workspace's model that it came from. What is neither text
    /// nor picture nor table is left out.
    package var outputs: [NotebookOutput] {
        if let outputs = self.jupyterFields[JupyterKey.outputs]?.elements, !outputs.isEmpty {
            return outputs.compactMap { $0.object.flatMap(JupyterOutputs.output) }
        }
        var outputs = self.commandFields[ModelKey.results]?.object.map { ResultsReader.outputs($0) } ?? []
        let summary = self.commandFields[ModelKey.errorSummary]?.string ?? ""
        let trace = self.commandFields[ModelKey.error]?.string ?? ""
        if !summary.isEmpty || !trace.isEmpty {
            outputs.append(.failure(summary: HTMLText.plain(summary), trace: HTMLText.plain(trace)))
        }
        return outputs
    }
}
