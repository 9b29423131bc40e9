/// Keys of Jupyter documents that reader and writer share.
enum JupyterKey {
    static let cells = "cells"
    static let source = "source"
    static let cellType = "cell_type"
    static let metadata = "metadata"
    static let outputs = "outputs"
    static let executionCount = "execution_count"
    static let nbformat = "nbformat"
    static let nbformatMinor = "nbformat_minor"
    /// Where the workspace keeps what it knows of a notebook and of a cell.
    static let workspaceNotebook = "application/vnd.databricks.v1+notebook"
    static let workspaceCell = "application/vnd.databricks.v1+cell"
    /// Where the layout of the SOURCE form is kept when it is not the usual one, so that the same bytes come back.
    static let layout = "application/vnd.tarn.v1+source"
}
