internal import TarnCore

/// Writes a notebook as a page that shows it without any script, and that carries its whole model.
///
/// The model stands where the workspace puts it, so that programs which read exported pages find it. Nothing of the
/// page runs: its own policy forbids scripts, pictures from elsewhere and everything else that would be fetched.
enum PageWriter {
    static func write(_ notebook: Notebook) -> [UInt8] {
        let model = Base64.encodeToUTF8(URIComponent.encode(ModelWriter.write(notebook)))
        var out: [UInt8] = []
        out.reserveCapacity(model.count * 3 / 2 + 4_096)
        out.append(contentsOf: self.head.utf8)
        out.append(contentsOf: "<title>".utf8)
        HTMLText.append(notebook.name, to: &out)
        out.append(contentsOf: "</title>\n<script>var __DATABRICKS_NOTEBOOK_MODEL = '".utf8)
        out.append(contentsOf: model)
        out.append(contentsOf: "';</script>\n</head>\n<body>\n<h1>".utf8)
        HTMLText.append(notebook.name, to: &out)
        out.append(contentsOf: "</h1>\n".utf8)
        NotebookRenderer.append(notebook, to: &out)
        out.append(contentsOf: "</body>\n</html>\n".utf8)
        return out
    }

    private static let head = """
        <!DOCTYPE html>
        <html>
        <head>
        <meta charset="utf-8">
        <meta name="databricks-html-version" content="1">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <style>
        body { font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
        pre { background: #f5f5f5; padding: 0.6em; overflow-x: auto; white-space: pre-wrap; }
        .cell { margin: 1em 0; } .title { font-weight: bold; } .output pre { background: none; }
        .language { color: #777; font-size: 0.8em; } .failure { color: #a00; }
        table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: 0.2em 0.5em; }
        img { max-width: 100%; }
        </style>

        """
}
